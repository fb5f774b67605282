// The player. One position in time decides everything that is shown: no state of a later step can
// stay behind after a rewind, for nothing is kept from one step to the next.

import { clock, confirmForms, element, localTimes } from "./common.js";

const PAUSE = 3000; // a longer wait of the visitor's is skipped after half of this
const SPEEDS = [0.5, 1, 2, 4, 8];

const $ = (id) => document.getElementById(id);
const root = document.body.dataset.root;
const view = {
  url: $("url"), verdict: $("verdict"), note: $("note"), page: $("page"), report: $("report"),
  events: $("events"), details: $("details"), scrubber: $("scrubber"), ticks: $("ticks"),
  time: $("time"), play: $("play"), speed: $("speed"), as: $("as"), side: $("side"), fold: $("fold"),
};

let steps = [];
let duration = 1;
let position = 0;
let current = -1; // the step the position is in
let shown = null; // the address of the page in the frame
let playing = false;
let ticked = 0;
let rows = [];

// Position

/** Find the last step that has begun at a time; -1 before the first. */
function stepAt(time) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle].t <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Find the step whose page is on the visitor's screen during a step. */
function pageAt(index) {
  for (let step = index; step >= 0; step -= 1) if (steps[step].page) return step;
  return -1;
}

function seek(time) {
  position = Math.min(Math.max(0, Number.isFinite(time) ? time : 0), duration);
  const index = Math.max(0, stepAt(position));
  view.scrubber.value = String(Math.round(position));
  view.scrubber.style.setProperty("--done", `${(100 * position) / duration}%`);
  view.scrubber.setAttribute("aria-valuetext", `${clock(position)} of ${clock(duration)}`);
  view.time.textContent = `${clock(position)} / ${clock(duration)}`;
  if (index !== current) show(index);
}

function go(index) {
  const step = Math.min(Math.max(0, index), steps.length - 1);
  if (steps[step]) seek(steps[step].t);
  if (step === steps.length - 1 && index >= steps.length) seek(duration);
  remember();
}

// What a step shows

function show(index) {
  current = index;
  const step = steps[index];
  rows.forEach((row, number) => {
    if (number === index) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  });
  reveal(rows[index]);
  describe(index);
  if (!step) return;
  const page = pageAt(index);
  const source = page < 0 ? null : steps[page];
  view.url.textContent = source ? `${source.host ?? ""}${source.url ?? ""}` : step.url ?? "";
  showPage(page);
}

function showPage(number) {
  const address = number < 0 ? "about:blank" : `${root}/page/${number}?as=${view.as.value}`;
  if (address === shown) return;
  shown = address;
  // replace() leaves no entry in the history: going back leaves the player
  const frame = view.page.cloneNode(false);
  frame.src = address;
  view.page.replaceWith(frame);
  view.page = frame;
  view.verdict.hidden = true;
  if (number >= 0) judge(number, address);
}

async function judge(number, address) {
  const found = await load(`${root}/verdict/${number}.json?as=${view.as.value}`);
  if (shown !== address) return; // the viewer has gone on
  const now = view.as.value === "now";
  if (!found) {
    view.verdict.hidden = true;
    return;
  }
  const words = {
    identical: now ? "same as then" : "identical",
    "identical but for redacted values": now ? "same but for redacted values" : "identical but for redacted values",
    different: now ? "changed since" : "different",
    unfinished: "unfinished",
  };
  view.verdict.hidden = false;
  view.verdict.textContent = words[found.verdict] ?? found.verdict;
  view.verdict.dataset.verdict = found.verdict.split(" ").length > 1 && found.verdict.startsWith("identical") ? "redacted" : found.verdict;
  const report = [
    found.problem,
    ...found.missing.map((name) => `not in the recording: ${name}`),
    found.diff,
  ].filter(Boolean).join("\n");
  view.verdict.disabled = !report;
  view.verdict.title = report ? "Show what differs" : "Rendered again and compared with the digest of what was sent";
  view.report.querySelector("pre").textContent = report;
}

async function describe(index) {
  const found = await load(`${root}/step/${index}.json`);
  if (index !== current) return;
  view.details.replaceChildren();
  if (!found) return;
  const facts = element("dl");
  for (const [name, value] of Object.entries(found.request)) {
    if (value === "" || value === null || value === -1) continue;
    facts.append(element("dt", "", name.replaceAll("_", " ")));
    facts.append(element("dd", "", typeof value === "object" ? tree(value) : String(value)));
  }
  view.details.append(facts);
  for (const frame of found.frames) {
    const others = frame.others.length ? element("span", "others", frame.others.join(", ")) : null;
    const state = [frame.finished ? "" : "unfinished", ...frame.flags].filter(Boolean).join(", ");
    view.details.append(element("div", "frame", element("b", "", frame.template), state ? element("em", "bad", state) : null, others));
  }
  for (const error of found.errors) {
    view.details.append(
      element("div", "error", element("b", "", error.type), element("p", "", error.message)),
      element("pre", "", error.traceback),
    );
  }
}

function tree(value) {
  const list = element("dl", "tree");
  for (const [name, item] of Object.entries(value)) {
    const flat = Array.isArray(item) && item.every((part) => typeof part !== "object" || part === null);
    const text = flat ? item.join(", ") : String(item);
    list.append(
      element("dt", "", name),
      element("dd", "", item !== null && typeof item === "object" && !flat ? tree(item) : text),
    );
  }
  return list;
}

async function load(address) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Scroll the list of events alone, and only as far as needed. */
function reveal(row) {
  if (!row) return;
  const list = view.events;
  const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top - 8;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight + 8;
}

// The list of events and the line of time

function list() {
  rows = steps.map((step, index) => {
    const head = element(
      "button", "",
      element("span", "at", clock(step.t)),
      element("span", "method", step.method ?? ""),
      element("span", "path", step.url ?? ""),
      element("span", step.status >= 400 ? "status bad" : "status", String(step.status ?? "")),
    );
    head.addEventListener("click", () => { pause(); go(index); });
    const row = element("li", step.page ? "" : "quiet", head);
    for (const name of step.frames) row.append(element("span", "under", name));
    if (step.redirect) row.append(element("span", "under", `→ ${step.redirect}`));
    for (const error of step.errors) row.append(element("span", "under bad", error));
    return row;
  });
  view.events.replaceChildren(...rows);
}

function marks() {
  const made = [];
  const width = 400;
  const taken = new Set();
  steps.forEach((step, index) => {
    const bad = step.errors.length > 0 || step.status >= 500;
    const place = `${Math.round((width * step.t) / duration)}${bad}`;
    if (!step.page && !bad || taken.has(place)) return;
    taken.add(place);
    const mark = element("i", bad ? "bad" : "");
    mark.style.left = `${(100 * step.t) / duration}%`;
    made.push(mark);
    const next = steps[index + 1];
    if (next && next.t - step.t > Math.max(PAUSE * 3, duration / 12)) {
      const idle = element("i", "idle");
      idle.style.left = `${(100 * step.t) / duration}%`;
      idle.style.width = `${(100 * (next.t - step.t)) / duration}%`;
      made.unshift(idle);
    }
  });
  view.ticks.replaceChildren(...made);
}

// Playing

function speed() {
  const chosen = Number(view.speed.value);
  return SPEEDS.includes(chosen) ? chosen : 1;
}

function tick(now) {
  if (!playing) return;
  const passed = (now - ticked) * speed();
  ticked = now;
  let time = position + passed;
  const next = steps[stepAt(position) + 1];
  const here = steps[Math.max(0, stepAt(position))];
  const left = (next ? next.t : duration) - time;
  view.note.hidden = true;
  if (here && time - here.t > PAUSE / 2 && left > PAUSE) {
    view.note.textContent = `${clock(left)} without anything, skipped`;
    view.note.hidden = false;
    time = (next ? next.t : duration) - Math.min(700, left);
  }
  seek(time);
  if (position >= duration) pause();
  else requestAnimationFrame(tick);
}

function play() {
  if (playing || !steps.length) return;
  if (position >= duration) seek(0);
  playing = true;
  mark();
  requestAnimationFrame((now) => { ticked = now; tick(now); });
}

function pause() {
  if (!playing) return;
  playing = false;
  view.note.hidden = true;
  mark();
  remember();
}

function mark() {
  view.play.setAttribute("aria-pressed", String(playing));
  view.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  view.play.querySelector("path").setAttribute("d", playing ? "M8 5v14 M16 5v14" : "M8 5l11 7-11 7z");
  view.play.classList.toggle("playing", playing);
}

/** Keep the moment in the address, so that it can be shared. */
function remember() {
  history.replaceState(null, "", `#t=${Math.round(position)}`);
}

// Controls

const actions = {
  first: () => { pause(); go(0); },
  previous: () => { pause(); go(current - (steps[current] && position - steps[current].t > 1000 ? 0 : 1)); },
  play: () => (playing ? pause() : play()),
  next: () => { pause(); go(current + 1); },
  last: () => { pause(); go(steps.length); },
};
for (const [name, action] of Object.entries(actions)) $(name).addEventListener("click", action);

view.scrubber.addEventListener("input", () => { pause(); seek(Number(view.scrubber.value)); });
view.scrubber.addEventListener("change", remember);
view.as.addEventListener("change", () => { showPage(pageAt(current)); });
view.verdict.addEventListener("click", () => view.report.showModal());
view.fold.addEventListener("click", () => {
  const open = document.body.classList.toggle("folded") === false;
  view.fold.setAttribute("aria-expanded", String(open));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || view.report.open) return;
  const target = event.target;
  if (target.matches("select, input:not([type=range]), textarea")) return;
  const faster = (by) => {
    const index = SPEEDS.indexOf(speed()) + by;
    view.speed.value = String(SPEEDS[Math.min(Math.max(0, index), SPEEDS.length - 1)]);
  };
  const keys = {
    " ": target.matches("button") ? null : actions.play,
    k: actions.play, ArrowLeft: actions.previous, ArrowRight: actions.next,
    Home: actions.first, End: actions.last, "+": () => faster(1), "-": () => faster(-1),
    e: () => view.fold.click(),
  };
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

/** Read the moment from the address; junk is the start. */
function remembered() {
  const match = /^#t=(\d{1,12})$/.exec(location.hash);
  return match ? Number(match[1]) : 0;
}

async function start() {
  localTimes();
  confirmForms();
  const found = await load(`${root}/steps.json`);
  if (!found) {
    view.note.textContent = "The recording cannot be read. It may have been deleted, or be damaged.";
    view.note.hidden = false;
    return;
  }
  steps = found.steps;
  const end = steps.reduce((most, step) => Math.max(most, step.t + (step.d ?? 0)), 0);
  duration = Math.max(1, found.summary.duration_ms ?? 0, end);
  view.scrubber.max = String(duration);
  list();
  marks();
  seek(remembered());
  document.body.dataset.ready = "true";
}

window.addEventListener("hashchange", () => { pause(); seek(remembered()); });
start();
