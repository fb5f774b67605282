import { confirmForms, load, localTimes } from "./common.js";

const ASKS = 20_000; // milliseconds between two questions for what is new
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];

/** Write times as long ago as they are, and exactly where the pointer rests. */
function relativeTimes() {
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = Number(time.getAttribute("datetime")) - Date.now() / 1000;
    const [unit, long] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? ["second", 1];
    if (!Number.isFinite(seconds)) continue;
    time.title = time.textContent;
    time.textContent = format.format(Math.round(seconds / long), unit);
  }
}

/** Write when the bars of a chart begin in the viewer's own zone. */
function localBars() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const title of document.querySelectorAll("title[data-since]"))
    title.textContent = title.textContent.replace(title.dataset.since, format.format(new Date(title.dataset.since)));
}

/** Leave what is empty out of the address that a form leads to. */
function tidyForms() {
  for (const form of document.querySelectorAll("form.find"))
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!value.trim()) formData.delete(name);
    });
}

/** Say how many recordings there are that were not there before; they are shown when somebody wants to see them. */
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
