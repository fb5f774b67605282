// The player. One position in time decides everything that is shown: no state of a later step can
// stay behind after a rewind, for nothing is kept from one step to the next.

import { clock, confirmForms, element, keyOf, load, localTimes } from "./common.js";
import { Live } from "./live.js";
import { Panel } from "./panel.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

const SPEEDS = [0.5, 1, 2, 4, 8];
const NOTE = 2500; // milliseconds that a note can be read
const FRAME = 250; // milliseconds that one frame may play: a tab that was hidden goes on where it was
const LONG = 10000; // milliseconds of a pause that is marked on the line
const LANES = 6; // tabs that have a lane of their own on the line
const MARKS = 500; // places on the line; what falls on the same is marked once

const $ = (id) => document.getElementById(id);
const root = document.body.dataset.root;
const ids = ["url", "verdict", "piece", "note", "screen", "report", "events", "details", "scrubber", "marks",
  "time", "play", "speed", "side", "fold", "live", "other", "ended", "tab", "beside"];
const view = Object.fromEntries(ids.map((id) => [id, $(id)]));

let line = new Timeline([]);
let position = 0;
let current = -1; // the step that the position is in
let playing = false;
let ticked = 0;
let dom = false; // of an action that has both, the DOM snapshot is shown and not the screenshot
let following = false; // the end of a recording that goes on

const panel = new Panel(root, view, (index) => { browse(); go(index); });
const stage = new Stage(root, view, (found) => panel.lacks(found));

// Position

/** Go to a moment. Several steps may begin in the same millisecond, so a step may be named as well. */
function seek(time, index = line.at(line.clamp(time))) {
  position = line.clamp(time);
  view.scrubber.value = String(Math.round(position));
  view.scrubber.parentElement.style.setProperty("--done", `${(100 * position) / line.duration}%`);
  view.scrubber.setAttribute("aria-valuetext", `${clock(position)} of ${clock(line.duration)}`);
  view.time.textContent = `${clock(position)}.${Math.floor(position / 100) % 10} / ${clock(line.duration)}`;
  if (index !== current && line.steps[index]) show(index);
}

/** Go to a step; before the first and after the last there is none. */
function go(index) {
  const step = Math.min(Math.max(0, index), line.steps.length - 1);
  if (line.steps[step]) seek(line.steps[step].t, step);
  remember();
}

function show(index) {
  current = index;
  panel.show(index);
  const page = line.pageAt(index, followed(index));
  const source = line.steps[page < 0 ? index : page];
  const address = source.at ?? source.url ?? "";
  view.url.replaceChildren(source.host ?? "", element("b", "", address));
  view.url.title = `${source.host ?? ""}${address}`;
  view.other.hidden = !source.both;
  view.other.textContent = dom ? "show the screenshot" : "show the DOM";
  stage.show(page, source.both && dom ? "dom" : as(), keyOf(line.steps[page]), page === index);
  if (line.steps[index].shows === "data") stage.receive(index, keyOf(line.steps[index]));
}

/** Give the tab to show: the one that is followed, or that of a step. */
function followed(index) {
  return view.tab.value === "" ? line.steps[index]?.tab : Number(view.tab.value);
}

/** Go on to the next step of the tab that is followed, or to the one before. */
function walk(by) {
  const step = view.tab.value === "" ? current + by : line.stepOf(followed(current), current + by, by);
  if (step >= 0) go(step);
}

/** Offer the tabs to follow, if there are several. */
function offerTabs() {
  const chosen = view.tab.value;
  const names = [...Array(line.tabs).keys()].map((tab) => new Option(`Tab ${tab + 1}`, String(tab)));
  view.tab.replaceChildren(new Option("All tabs", ""), ...names);
  view.tab.value = Number(chosen) < line.tabs ? chosen : "";
  view.tab.hidden = line.tabs < 2;
  view.scrubber.parentElement.style.setProperty("--lanes", String(Math.min(line.tabs, LANES) - 1));
}

function as() {
  return document.querySelector("input[name=as]:checked").value;
}

/** Keep the moment in the address, so that it can be shared. */
function remember() {
  history.replaceState(null, "", `#t=${Math.round(position)}`);
}

/** Read the moment from the address; junk is the start. */
function remembered() {
  const match = /^#t=(\d{1,12})$/.exec(location.hash);
  return match ? Number(match[1]) : 0;
}

// Playing

function speed() {
  const chosen = Number(view.speed.value);
  return SPEEDS.includes(chosen) ? chosen : 1;
}

function faster(by) {
  const index = Math.min(Math.max(0, SPEEDS.indexOf(speed()) + by), SPEEDS.length - 1);
  view.speed.value = String(SPEEDS[index]);
}

function tick(now) {
  if (!playing) return;
  let time = position + Math.min(Math.max(0, now - ticked), FRAME) * speed();
  ticked = now;
  const idle = line.pauseAfter(line.at(position));
  if (idle && time >= idle.leave && time < idle.enter) {
    note(`${clock(idle.end - idle.start)} of nothing: skipped`);
    time = idle.enter;
  }
  seek(time);
  if (position >= line.duration) pause();
  else requestAnimationFrame(tick);
}

function play() {
  if (playing || !line.steps.length) return;
  follow(false);
  if (position >= line.duration) seek(0, 0);
  playing = true;
  face();
  requestAnimationFrame((now) => { ticked = now; tick(now); });
}

function pause() {
  if (!playing) return;
  playing = false;
  face();
  remember();
}

function face() {
  const label = playing ? "Pause" : "Play";
  view.play.setAttribute("aria-label", label);
  view.play.title = `${label} (space)`;
  view.play.querySelector("path").setAttribute("d", playing ? "M9 6v12 M15 6v12" : "M8 5l11 7-11 7z");
  view.play.classList.toggle("playing", playing);
}

let noted = 0;
function note(text) {
  clearTimeout(noted);
  view.note.textContent = text;
  view.note.hidden = false;
  noted = setTimeout(() => { view.note.hidden = true; }, NOTE);
}

// The line of time

function marks() {
  const made = [];
  const taken = new Set();
  const share = (time) => `${(100 * time) / line.duration}%`;
  line.steps.forEach((step, index) => {
    const idle = line.pauseAfter(index);
    if (idle && idle.end - idle.start > Math.max(LONG, line.duration / 25)) {
      const stretch = element("i", "idle");
      stretch.style.left = share(idle.start);
      stretch.style.width = share(idle.end - idle.start);
      made.unshift(stretch);
    }
    const kind = Timeline.bad(step) ? "bad" : "page";
    const lane = Math.min(step.tab, LANES - 1);
    const place = `${kind}${lane}.${Math.round((MARKS * step.t) / line.duration)}`;
    if ((!Timeline.seen(step) && kind === "page") || taken.has(place)) return;
    taken.add(place);
    const mark = element("i", kind);
    mark.style.left = share(step.t);
    mark.style.setProperty("--lane", String(lane));
    mark.classList.toggle("apart", view.tab.value !== "" && step.tab !== followed(index));
    made.push(mark);
  });
  view.marks.replaceChildren(...made);
}

// Controls

const actions = {
  first: () => { browse(); go(0); },
  previous: () => { browse(); walk(-1); },
  play: () => { if (playing) pause(); else play(); },
  next: () => { browse(); walk(1); },
  last: () => { pause(); go(line.steps.length - 1); follow(true); },
  back: () => { browse(); go(line.pageAt(line.pageAt(current, followed(current)) - 1, followed(current))); },
  forth: () => { browse(); go(line.pageAfter(current, followed(current))); },
};
for (const [name, action] of Object.entries(actions)) $(name).addEventListener("click", action);

view.scrubber.addEventListener("input", () => { browse(); seek(Number(view.scrubber.value)); });
view.scrubber.addEventListener("change", remember);
for (const choice of document.querySelectorAll("input[name=as]")) {
  choice.addEventListener("change", () => show(current));
}
view.tab.addEventListener("change", () => {
  panel.follow(view.tab.value === "" ? null : Number(view.tab.value));
  marks();
  if (current >= 0) show(current);
});
view.fold.addEventListener("click", () => {
  const folded = document.body.classList.toggle("folded");
  view.fold.setAttribute("aria-expanded", String(!folded));
});
view.other.addEventListener("click", () => { dom = !dom; show(current); });
view.live?.addEventListener("click", () => { if (following) follow(false); else actions.last(); });

const keys = {
  k: actions.play, ArrowLeft: actions.previous, ArrowRight: actions.next, ArrowUp: actions.previous,
  ArrowDown: actions.next, Home: actions.first, End: actions.last, e: () => view.fold.click(),
  f: () => view.live?.click(), "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || view.report.open) return;
  if (target.matches("select, input[type=radio]")) return; // they have keys of their own
  let action = Object.hasOwn(keys, key) ? keys[key] : null;
  if (event.shiftKey && key === "ArrowLeft") action = actions.back;
  if (event.shiftKey && key === "ArrowRight") action = actions.forth;
  if (key === " " && (target.closest("#events") || !target.matches("button, a"))) action = actions.play;
  if (/^Arrow(Up|Down)$/.test(key) && !target.closest("#events")) action = null; // these scroll
  if (!action) return;
  event.preventDefault();
  action();
});

// Who clicks a button and then presses space wants to play, not to click it again. Who came by the tab key does.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (event.detail > 0 && button && !button.closest("#events")) button.blur();
});

// A click into the page would take the keys with it, so it gives them back. Who goes there with the
// tab key, which is still down then, keeps them, to scroll.
let tabbing = false;
document.addEventListener("keydown", (event) => { tabbing = event.key === "Tab"; }, true);
document.addEventListener("keyup", () => { tabbing = false; }, true);
window.addEventListener("blur", () => {
  const tabbed = tabbing;
  tabbing = false;
  setTimeout(() => {
    if (tabbed || document.activeElement !== stage.frame) return;
    stage.frame.blur();
    window.focus();
  });
});

// A recording that goes on

const live = new Live(root, arrived, ended);

/** Keep at the end, or leave it. */
function follow(on) {
  following = on && Boolean(view.live) && !view.live.hidden;
  view.live?.setAttribute("aria-pressed", String(following));
}

/** Look around: who does, does not want to be taken to the end. */
function browse() {
  pause();
  follow(false);
}

/** Put new steps in their places; most are the last. */
function arrived({ steps, summary }) {
  const known = new Map(line.steps.map((step) => [step.key.join(":"), step]));
  for (const step of steps) known.set(step.key.join(":"), step);
  const name = line.steps[current]?.key.join(":");
  const sorted = [...known.values()].sort((a, b) => a.t - b.t || order(a.key[0], b.key[0]) || a.key[1] - b.key[1]);
  lay(sorted, summary);
  current = sorted.findIndex((step) => step.key.join(":") === name);
  if (following || current < 0) go(following ? sorted.length - 1 : 0);
  else seek(position, current);
  if (current >= 0) panel.show(current);
}

function order(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Say that the session is over; what is finished is read anew, for it is all there is. */
async function ended(reason) {
  const wasFollowing = following;
  view.live.hidden = true;
  follow(false);
  const words = {
    finished: "The session has ended.",
    interrupted: "The session was interrupted: its worker was killed, and what it had not written is missing.",
    refused: "You may no longer watch this session.",
    gone: "The session has ended. Its recording was not kept, or is no longer open to you.",
  };
  view.ended.textContent = words[reason] ?? words.finished;
  view.ended.hidden = false;
  if (!["finished", "interrupted"].includes(reason) || !(await fetchSteps())) return;
  if (wasFollowing) go(line.steps.length - 1);
  else seek(position, current);
}

// Start

/** Load what there is by now. */
async function fetchSteps() {
  const found = await load(`${root}/steps.json`);
  if (!found) {
    note("The recording cannot be read. It may have been deleted since.");
    return false;
  }
  if (view.live) view.live.hidden = found.ended;
  lay(found.steps, found.summary);
  if (current >= 0) panel.show(current);
  return found;
}

/** Put steps on the line of time. */
function lay(steps, summary) {
  line = new Timeline(steps, summary.duration_ms);
  view.scrubber.max = String(line.duration);
  panel.list(line.steps);
  offerTabs();
  marks();
}

async function start() {
  localTimes();
  confirmForms();
  const found = await fetchSteps();
  if (!found) return;
  const first = line.steps.findIndex(Timeline.seen); // before that there is nothing to look at
  if (location.hash || first < 1) seek(remembered());
  else seek(line.steps[first].t, first);
  if (view.live && !found.ended) {
    if (!location.hash) actions.last();
    live.start(found.cursor);
  }
  document.body.dataset.ready = "true";
}

window.addEventListener("hashchange", () => { browse(); seek(remembered()); });
start();
