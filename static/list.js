import { confirmForms, load, localTimes } from "./common.js";

const ASKS = 20_000; // milliseconds between two requests for new recordings
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Show times relative to now, with the exact time as a tooltip. */
function relativeTimes() {
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-ago]"))) {
    const date = Number(time.getAttribute("datetime")) * 1000;
    const seconds = (date - Date.now()) / 1000;
    const [unit, long] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? UNITS.at(-1);
    if (!Number.isFinite(seconds)) continue;
    time.title = time.textContent;
    time.textContent = format.format(unit === "day" ? days(date) : Math.round(seconds / long), unit);
  }
}

/** Return how many midnights lie between now and a time: -1 is yesterday, however many hours ago. */
function days(date) {
  return Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
}

/** Show the start of a chart's bars in the user's time zone. */
function localBars() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const title of /** @type {NodeListOf<SVGTitleElement>} */ (document.querySelectorAll("title[data-since]")))
    title.textContent = title.textContent.replace(title.dataset.since, format.format(new Date(title.dataset.since)));
}

/** Let a form show and take times in the user's time zone, and leave empty fields out of its address. */
function tidyForms() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form.find"))) {
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[name="since"], [name="until"]'))) {
      const sent = field.value;
      const shown = field.value = localTime(sent);
      form.addEventListener("formdata", ({ formData }) => formData.set(field.name, field.value === shown ? sent : exactTime(field.value.trim())));
    }
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!String(value).trim()) formData.delete(name);
    });
  }
}

/** Return a time with a zone as a user types it: 2026-11-28 14:00:00. Other texts stay as they are. */
function localTime(text) {
  const date = new Date(/\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : NaN);
  return Number.isNaN(date.valueOf()) ? text : new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium" }).format(date);
}

/** Return a typed time, which is in the user's time zone, in UTC. Other texts stay as they are. */
function exactTime(text) {
  const [day, time] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(text)?.slice(1) ?? [];
  const date = new Date(day ? `${day}T${time ?? "00:00"}` : NaN);
  return Number.isNaN(date.valueOf()) ? text : `${date.toISOString().slice(0, 19)}Z`;
}

/** Show the number of new recordings. They are loaded when the user clicks it. */
async function tellNews() {
  const address = document.body.dataset.newest;
  const place = document.getElementById("new");
  const known = address && place ? new Set((await load(address))?.ids) : null;
  if (!known) return;
  setInterval(async () => {
    if (document.hidden) return;
    const count = (await load(address))?.ids.filter((id) => !known.has(id)).length ?? 0;
    if (count) place.textContent = `${count} new · show`;
    place.hidden = !count;
  }, ASKS);
}

localTimes();
relativeTimes();
localBars();
confirmForms();
tidyForms();
tellNews();
