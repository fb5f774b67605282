import { confirmForms, load, localTimes } from "./common.js";

const ASKS = 20_000; // milliseconds between two requests for new recordings
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Show times relative to now, with the exact time as a tooltip. */
function relativeTimes() {
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-ago]"))) {
    const seconds = Number(time.getAttribute("datetime")) - Date.now() / 1000;
    const [unit, long] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? UNITS.at(-1);
    if (!Number.isFinite(seconds)) continue;
    time.title = time.textContent;
    time.textContent = format.format(Math.round(seconds / long), unit);
  }
}

/** Show the start of a chart's bars in the user's time zone. */
function localBars() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const title of /** @type {NodeListOf<SVGTitleElement>} */ (document.querySelectorAll("title[data-since]")))
    title.textContent = title.textContent.replace(title.dataset.since, format.format(new Date(title.dataset.since)));
}

/** Leave empty fields out of the address of a form. */
function tidyForms() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form.find")))
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!String(value).trim()) formData.delete(name);
    });
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
