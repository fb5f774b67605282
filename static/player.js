// The player. One position in time decides everything that is shown. Nothing is kept from one step to the next except
// the server's responses, so no state of a later step can stay behind after a rewind.

import { clock, confirmForms, element, load, localTimes } from "./common.js";
import { copied } from "./copy.js";
import { Filter } from "./filter.js";
import { Responses } from "./responses.js";
import { Inspect } from "./inspect.js";
import { bindKeys, giveBackKeys } from "./keys.js";
import { Leaving } from "./leaving.js";
import { ENDINGS, Live } from "./live.js";
import { LANES, marks, noted } from "./marks.js";
import { addressOf, compared, leadBack, remember, remembered } from "./moment.js";
import { Note } from "./note.js";
import { Notes } from "./notes.js";
import { Panel } from "./panel.js";
import { Playing } from "./playing.js";
import { Scrubber } from "./scrubber.js";
import { bindSharing } from "./share.js";
import { Side } from "./side.js";
import { Size } from "./size.js";
import { Sources, isOf } from "./source.js";
import { Scene, Stage } from "./stage.js";
import { State } from "./state.js";
import { Story } from "./story.js";
import { Tabs } from "./tabs.js";
import { Timeline, merged, nameOf } from "./timeline.js";
import { addressOf as answerOf } from "./panel_data.js";

const JUMP = 5000; // milliseconds of one jump back or forward
const AHEAD = 2; // scenes that are prepared
const STOPPED = "The scripts of this page did not end, so they were stopped.";
const FOUND = "flask-replay-found"; // the id of the marked element in a page
const NOTHING = { // messages for a page that has no such piece, by the request to it
  "": "No template made this.",
  find: "That is not on the page that is shown.",
  walk: "No template read a value for this page.",
};
const DETAILS = 1000; // milliseconds that a scene whose page is loaded waits for the details of its step

const $ = (id) => document.getElementById(id);
const root = document.body.dataset.root;
const ids = ["url", "way", "verdict", "piece", "note", "screen", "report", "events", "details", "scrubber", "bar", "marks", "help",
  "counts", "time", "play", "speed", "idle", "full", "side", "fold", "find", "kind", "found", "error", "errorBack", "state", "source", "story", "live", "other", "scripts", "inspect", "size", "ended", "tab", "beside"];
/** The elements, by their ids. @type {any} */
const view = Object.fromEntries(ids.map((id) => [id, $(id)]));
const here = { root, window: crypto.getRandomValues(new Uint32Array(2)).join("") };

let line = new Timeline([]);
let position = 0;
let current = -1; // the shown step
let wanted = null; // the step that is shown next, when all its data is there
let dom = false; // show the DOM snapshot of an action instead of its screenshot
let following = false; // stay at the end of a running recording
let all = null; // a promise that resolves when every step is known

const responses = new Responses();
const panelResponses = new Responses();
// A value of the state whose place on the page is marked; or the origin of the piece of the page that was clicked.
const chosen = { step: -1, frame: 0, path: "", at: -1, number: -1, origin: "" };
const note = new Note(view.note);
const tabs = new Tabs(view.tab);
const panel = new Panel(view, (index) => { browse(); go(index); });
const filter = new Filter(view, (matches) => panel.filter(matches), match);
const panels = {
  state: new State(view.state, panelResponses, root, () => line, chosen, point, () => side.open("source")),
  source: new Sources(view.source, panelResponses, root, () => line, chosen),
  notes: new Notes($("notes"), () => position, (time) => { browse(); seek(time); }),
  story: new Story(view.story, panelResponses, root, (step, time) => { browse(); if (line.steps[step]?.t === time) go(step); else seek(time); }),
};
const side = new Side(view.side, panels);
const stage = new Stage(root, responses, view, (found) => panel.lacks(found), stopped);
const size = new Size(view.screen, view.size);
const inspect = new Inspect(view.inspect, () => stage.pages.frame, showOrigin);
const leaving = new Leaving(stage, responses);
const playing = new Playing(view.play, view.speed, pass);
const scrubber = new Scrubber(view.scrubber, view.time, (index) => index === current || stage.isReady(sceneOf(index)), drag, seek);

// Position

/** Show a position in time. */
function place(time) {
  position = line.clamp(time);
  scrubber.show(position);
  panels.notes.show();
}

/** Go to a moment. Several steps may begin in the same millisecond, so a step may be named as well. */
function seek(time, index = line.at(line.clamp(time))) {
  scrubber.release();
  if (index === current && !wanted) {
    settled();
    place(time);
  } else if (line.steps[index]) want(index, line.clamp(time));
}

/** Go to a step; before the first and after the last there is none. */
function go(index) {
  const step = Math.min(Math.max(0, index), line.steps.length - 1);
  scrubber.release();
  if (line.steps[step]) want(step, line.steps[step].t);
}

/** Prepare a step. Until it is ready, everything shown belongs to the step before. */
async function want(index, time) {
  const wish = { index, time, scene: sceneOf(index) };
  wanted = wish;
  stage.busy("true");
  if (!playing.on) stage.showAsArrived();
  stage.prepare(wish.scene, ahead(index));
  try {
    const changes = wish.scene.address !== stage.scene?.address;
    const found = await stage.ready(wish.scene, changes || !playing.on ? DETAILS : 0);
    if (wanted !== wish) return;
    settled();
    arrive(wish, found);
  } catch (error) {
    if (wanted !== wish) return; // another page is wanted by now
    settled();
    pause();
    place(position);
    note.say(`The page of ${clock(time)} cannot be loaded: ${error.message}. This is still the one before.`);
  }
}

function settled() {
  wanted = null;
  stage.busy("");
}

/** Show a step: everything at once, except for responses that have not arrived. */
function arrive({ index, time, scene }, { verdict, details, late }) {
  current = index;
  painted = false;
  size.setWidth(verdict?.width ?? 0);
  stage.show(scene, verdict);
  panel.show(index);
  side.show({ index, scene });
  if (details) describe(scene, details);
  else late.then((answers) => { if (stage.scene === scene) describe(scene, answers); });
  place(time);
  if (!playing.on) remember(position);
  stage.prepare(scene, ahead(index));
  prepareLeaving(scene);
}

/** Show the details of a scene's step, and how the visitor came to it. */
function describe(scene, [details, way]) {
  panel.describe(details?.data);
  stage.describe(scene, details?.data, way?.data);
}

/** Mark the chosen value of the state on the page, or nothing. */
async function point() {
  browse();
  const { scene } = stage;
  if (view.inspect.checked && scene?.address.includes("&inspect=") && !wanted) return highlight(scene);
  view.inspect.checked = false;
  if (!chosen.path || wanted) return refresh();
  if (chosen.step !== scene.page || scene.as !== "then") return note.say(NOTHING.find);
  const address = scene.marking(chosen);
  stage.prepare(scene, [], address);
  await stage.pages.ready(address).catch(() => {});
  if (stage.scene === scene && !wanted && address === scene.marking(chosen)) stage.leave(address, FOUND);
}

/** Highlight the chosen value on the inspected page. */
async function highlight(scene) {
  const { step, frame, path } = chosen;
  const found = path ? await panelResponses.get(answerOf(root, "template", line, step, String(frame))).catch(() => null) : null;
  const read = (found?.data?.made ?? []).map(([, , reads], number) => (reads.some((one) => isOf(one, path)) ? number : -1));
  const marks = read.filter((number) => number >= 0).map((number) => [step, frame, number]);
  if (stage.scene !== scene || path !== chosen.path) return;
  if (path && !marks.length) note.say(NOTHING.find);
  inspect.find(marks);
}

/** Show the origin of a piece of the page: the value, and the line of the template. */
async function showOrigin(mark, request) {
  browse();
  const { scene } = stage;
  if (!mark) return note.say(NOTHING[request]);
  const found = await panelResponses.get(answerOf(root, "template", line, mark.step, mark.frame)).catch(() => null);
  const [source, row, reads] = found?.data?.made[mark.number] ?? [];
  if (!reads || stage.scene !== scene) return;
  Object.assign(chosen, { ...mark, path: reads.at(-1) ?? "", at: current, origin: `${found.data.sources[source].name}, line ${row}` });
  panels.state.reveal();
  const stays = view.side.dataset.tab === "source" || !chosen.path;
  side.open(stays ? "source" : "state");
}

/** While playing, prepare how the shown page will be left. */
async function prepareLeaving(scene) {
  const [next] = playing.on ? line.following(scene.index, tabs.followed, 1) : [];
  if (next === undefined || scene.page < 0) return;
  const address = await leaving.find(scene, sceneOf(next), line.steps[scene.page].t);
  if (address && stage.scene === scene && !wanted) stage.prepare(scene, ahead(scene.index), address);
}

function sceneOf(index) {
  const templates = /** @type {HTMLInputElement} */ (document.querySelector("input[name=as]:checked")).value;
  return new Scene(here, line, index, followed(index), { dom, templates, scripts: view.scripts.checked, inspect: view.inspect.checked });
}

/** Return the scenes that may be next: the following ones while playing, else those one step back or forward. */
function ahead(index) {
  const found = line.following(index, tabs.followed, playing.on ? AHEAD : 1);
  if (!playing.on) found.push(line.pageAt(line.pageAt(index, followed(index)) - 1, followed(index)));
  const events = playing.on ? [] : [index + 1, index - 1];
  return [...found, ...events].filter((step) => line.steps[step]).map(sceneOf);
}

/** Return the tab to show: the followed one, or that of a step. */
function followed(index) {
  return tabs.followed ?? line.steps[index]?.tab;
}

/** Return the shown step, or the one that will be shown next. */
function at() {
  return wanted?.index ?? current;
}

/** Go to the next or previous step of the followed tab. */
function walk(by) {
  const step = tabs.followed === null ? at() + by : line.stepOf(followed(at()), at() + by, by);
  if (step >= 0) go(step);
}

// Playing

let painted = true; // a promise for the last page to be painted
let owed = 0; // milliseconds that have passed and were not played

/** Let time pass, at most to the next visible page. If that is not loaded yet, time stops. */
function pass(milliseconds) {
  if (wanted) return;
  if (!painted) {
    painted = true;
    owed += milliseconds;
    return;
  }
  let time = position + milliseconds + owed;
  owed = 0;
  const idle = view.idle.getAttribute("aria-pressed") === "true" && line.pauseAfter(line.at(position));
  if (idle && time >= idle.leave && time < idle.enter) {
    note.say(`${clock(idle.end - idle.start)} of nothing: skipped`);
    time = idle.enter;
  }
  leaving.watch(time, playing.speed);
  const due = line.at(line.clamp(time));
  for (let index = current + 1; index <= due; index += 1) {
    const scene = sceneOf(index);
    if (scene.address === stage.scene?.address) continue;
    if (stage.isReady(scene)) owed = Math.max(0, time - line.steps[index].t);
    want(index, line.steps[index].t);
    return;
  }
  if (due > current) return want(due, time);
  if (time >= line.duration) {
    place(time);
    return pause();
  }
  position = time;
  scrubber.pass(position);
  panels.notes.show();
}

function play() {
  if (playing.on || !line.steps.length) return;
  follow(false);
  if (position >= line.duration) go(0);
  owed = 0;
  playing.start();
  if (stage.scene && !wanted) prepareLeaving(stage.scene);
}

function pause() {
  if (!playing.on) return;
  playing.stop();
  remember(position);
}

// Controls

const actions = {
  first: () => { browse(); go(0); },
  previous: () => { browse(); walk(-1); },
  play: () => { if (playing.on) pause(); else play(); },
  next: () => { browse(); walk(1); },
  last: async () => {
    pause();
    await all;
    go(line.steps.length - 1);
    follow(true);
  },
  back: () => { browse(); go(line.pageAt(line.pageAt(at(), followed(at())) - 1, followed(at()))); },
  forth: () => { browse(); go(line.pageAfter(at(), followed(at()))); },
  full: () => { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); },
  idle: () => view.idle.setAttribute("aria-pressed", String(view.idle.getAttribute("aria-pressed") !== "true")),
  error: () => goToError(1),
  errorBack: () => goToError(-1),
  copy: async () => note.say((await copied(new URL(addressOf(position), location.href).href)) ? "Copied a link to this moment" : "The address of this page leads to this moment"),
  compare: () => {
    if (!$("compare")) return;
    browse();
    const answer = compared(document.body.dataset.compare, `${root.split("/").at(-1)}:${at()}`);
    if (answer) location.assign(answer);
    else note.say("Kept. Go to another moment, here or in another recording, and compare again.");
  },
  help: () => view.help.showModal(),
  value: () => walkValues(1),
  valueBack: () => walkValues(-1),
};
for (const [name, action] of Object.entries(actions)) $(name === "help" ? "keys" : name)?.addEventListener("click", action);

/** Go to the next or previous error. */
function goToError(by) {
  browse();
  const step = line.errorAfter(at(), by);
  if (step >= 0) go(step);
  else note.say(by > 0 ? "There is no later error." : "There is no earlier error.");
}

/** Go to the next or previous value on the page, which is inspected then. */
function walkValues(by) {
  browse();
  if (view.inspect.checked) inspect.walk(by);
  else view.inspect.click();
}

/** Go to the next or previous listed event. */
function match(by) {
  browse();
  let step = at() + by;
  while (line.steps[step] && !filter.matches(line.steps[step])) step += by;
  if (line.steps[step]) go(step);
}

function find() {
  document.body.classList.remove("folded");
  view.fold.setAttribute("aria-expanded", "true");
  side.open("events");
  filter.focus();
}

function jump(by) {
  follow(false);
  seek((wanted?.time ?? position) + by);
}

bindKeys({
  ...actions,
  fiveBack: () => jump(-JUMP),
  fiveOn: () => jump(JUMP),
  faster: () => playing.faster(1),
  slower: () => playing.faster(-1),
  events: () => view.fold.click(),
  inspect: () => view.inspect.click(),
  find,
}, view.help);
giveBackKeys(() => stage.pages.frame);

view.scrubber.addEventListener("change", () => remember(position));
document.querySelector(".as").addEventListener("change", () => {
  forget((address) => address.includes("as=now")); // templates may have changed
  refresh();
});
for (const [mode, other] of [[view.scripts, view.inspect], [view.inspect, view.scripts]]) {
  mode.addEventListener("change", () => {
    if (mode.checked) other.checked = false;
    if (view.inspect.checked) note.say("Click a part of the page to see what made it, or press n for the next value");
    refresh();
  });
}

/** Show pages without their scripts, because the scripts of one were in an endless loop. */
function stopped() {
  note.say(STOPPED);
  view.scripts.checked = false;
  forget((address) => address.includes("&scripts="));
  refresh();
}

view.tab.addEventListener("change", () => {
  panel.follow(tabs.followed);
  mark();
  refresh();
});
view.fold.addEventListener("click", () => {
  const folded = document.body.classList.toggle("folded");
  view.fold.setAttribute("aria-expanded", String(!folded));
});
view.other.addEventListener("click", () => { dom = !dom; refresh(); });
view.live?.addEventListener("click", () => { if (following) follow(false); else actions.last(); });

/** Show the current step in another way. */
function refresh() {
  if (at() >= 0) want(at(), wanted?.time ?? position);
}

/** Remove cached responses that may be different now. */
function forget(matches) {
  for (const memory of [responses, panelResponses, stage.pages]) memory.forget(matches);
  for (const panel of Object.values(panels)) panel.forget();
}

// A running recording

const live = new Live(root, arrived, ended);

/** Stay at the end, or stop staying there. */
function follow(on) {
  following = on && Boolean(view.live) && !view.live.hidden;
  view.live?.setAttribute("aria-pressed", String(following));
}

/** Note that the viewer navigates, and does not want to be moved to the end. */
function browse() {
  pause();
  follow(false);
}

/** Note that the viewer drags the scrubber. A step that is not ready yet is no longer wanted. */
function drag() {
  browse();
  wanted = null;
  stage.busy("soon");
}

/** Insert new steps; most go to the end. The shown step stays, even if another one follows it sooner than before. */
function arrived({ steps, summary }) {
  const [shown, name] = [current, at()].map((index) => nameOf(line.steps[index]));
  const sorted = merged(line.steps, steps);
  const time = wanted?.time ?? position;
  if (sorted.some((step, index) => step !== line.steps[index] && index < line.steps.length)) forget(() => true);
  panelResponses.forget((address) => address.endsWith("/story.json"));
  panels.story.forget();
  current = sorted.findIndex((step) => nameOf(step) === shown);
  lay(sorted, summary);
  const index = sorted.findIndex((step) => nameOf(step) === name);
  if (following || index < 0) go(following ? sorted.length - 1 : 0);
  else want(index, Math.min(time, sorted[index + 1]?.t ?? time));
}

/** Report the end of the session, and load the finished recording, which is complete. */
async function ended(reason) {
  const wasFollowing = following;
  view.live.hidden = true;
  follow(false);
  view.ended.textContent = ENDINGS[reason] ?? ENDINGS.finished;
  view.ended.hidden = false;
  if (!["finished", "interrupted"].includes(reason) || !(await loadSteps())) return;
  if (wasFollowing) go(line.steps.length - 1);
  else refresh();
}

// Start

/** Load the steps so far, in pages. @param begun called when the first ones are on the timeline. */
async function loadSteps(begun = null) {
  const found = await load(`${root}/steps.json`);
  if (!found) {
    note.say("The recording cannot be read. It may have been deleted since.");
    return false;
  }
  if (view.live) view.live.hidden = found.ended;
  size.setDevice(found.device);
  let { steps } = found;
  if (begun && found.next) {
    lay(steps, found.summary);
    begun();
  }
  for (let { next } = found; next; ) {
    const more = await load(`${root}/steps.json?from=${next}`);
    if (!more) break;
    steps = found.ended ? [...steps, ...more.steps] : merged(steps, more.steps);
    next = more.next;
  }
  if (!begun) forget(() => true);
  lay(steps, found.summary);
  return found;
}

/** Put steps on the timeline. */
function lay(steps, summary) {
  line = new Timeline(steps, summary.duration_ms);
  scrubber.lay(line);
  view.counts.replaceChildren(...line.counts().map(({ text, bad }) => element("span", bad ? "bad" : "", text)));
  panel.list(line.steps, line.tabs, current);
  filter.setSteps(line.steps);
  view.error.hidden = view.errorBack.hidden = !line.steps.some(Timeline.bad);
  tabs.offer(line.tabs);
  view.scrubber.parentElement.style.setProperty("--lanes", String(Math.min(line.tabs, LANES) - 1));
  mark();
  place(position);
}

function mark() {
  const made = marks(line, tabs.followed, (index) => { browse(); go(index); });
  view.marks.replaceChildren(...made.marks, ...noted(line, panels.notes.moments(), (time) => { browse(); seek(time); }));
  view.bar.replaceChildren(...made.pauses);
}

async function start() {
  localTimes();
  confirmForms();
  let known = 0; // number of steps on the timeline when the first picture was chosen
  const begin = () => {
    known = line.steps.length;
    const first = line.steps.findIndex(Timeline.seen); // there is nothing to see before it
    if (location.hash || first < 1) seek(remembered());
    else go(first);
  };
  all = loadSteps(location.hash ? null : begin);
  const found = await all;
  if (!found) return;
  const time = wanted?.time ?? position;
  if (!known) begin();
  else if (line.at(time) >= known) seek(time); // the viewer went beyond them meanwhile
  if (view.live && !found.ended) {
    if (!location.hash) actions.last();
    live.start(found.cursor);
  }
  document.body.dataset.ready = "true";
}

leadBack($("pinning"), () => position);
if ($("share")) bindSharing($("share"), $("sharing"), () => position);
const requested = new URLSearchParams(location.search).get("tab");
if (Object.hasOwn(panels, requested ?? "")) side.open(requested);
window.addEventListener("hashchange", () => {
  const moment = remembered(); // pausing writes another one into the address
  browse();
  seek(moment);
});
start();
