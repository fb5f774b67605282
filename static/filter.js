// The filter of the list of events: by kind, and by words.

import { element } from "./common.js";
import { Timeline } from "./timeline.js";

const SENT = ["POST", "PUT", "PATCH", "DELETE"];

/** Kinds of steps. @type {[string, (step: any) => boolean][]} */
const KINDS = [
  ["pages", ({ shows }) => shows === "page" || shows === "snapshot"],
  ["changes", ({ shows }) => shows === "fragment"],
  ["sent", ({ method }) => SENT.includes(method)],
  ["data", ({ shows }) => shows === "data"],
  ["messages", ({ socket }) => Boolean(socket)],
  ["redirects", ({ redirect }) => Boolean(redirect)],
  ["refused", ({ status }) => status >= 400 && status < 500],
  ["errors", Timeline.bad],
];

export class Filter {
  #texts = new WeakMap(); // the searchable text of each step

  /** @param view has the search box, the menu of kinds and the count. @param onChange called with a test for steps.
   * @param onChoose called to go to the next or previous step that matches. */
  constructor({ find, kind, found }, onChange, onChoose) {
    this.box = find;
    this.menu = kind;
    this.found = found;
    this.onChange = onChange;
    this.steps = [];
    find.addEventListener("input", () => this.#apply());
    kind.addEventListener("change", () => this.#apply());
    find.addEventListener("keydown", (event) => {
      if (event.key === "Enter") onChoose(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.clear();
      else return;
      event.preventDefault();
    });
  }

  /** Set the steps. The menu only contains kinds that occur. */
  setSteps(steps) {
    this.steps = steps;
    const chosen = this.menu.value;
    const counted = KINDS.map(([name, is]) => [name, steps.filter(is).length]).filter(([, count]) => count);
    const options = counted.map(([name, count]) => new Option(`${name} (${count.toLocaleString("en")})`, name));
    this.menu.replaceChildren(new Option("all", ""), ...options);
    this.menu.value = counted.some(([name]) => name === chosen) ? chosen : "";
    this.#apply();
  }

  /** Move the focus to the search box. */
  focus() {
    this.box.focus();
    this.box.select();
  }

  clear() {
    this.box.value = "";
    this.menu.value = "";
    this.box.blur();
    this.#apply();
  }

  /** Whether a step is listed. @type {(step: any) => boolean} */
  matches = () => true;

  #apply() {
    const words = this.box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const is = KINDS.find(([name]) => name === this.menu.value)?.[1];
    this.matches = (step) => (!is || is(step)) && words.every((word) => this.#text(step).includes(word));
    const all = !is && !words.length;
    const count = all ? 0 : this.steps.filter(this.matches).length;
    this.found.hidden = all;
    this.found.replaceChildren(count ? `${count.toLocaleString("en")} of ${this.steps.length.toLocaleString("en")}` : element("b", "", "none"));
    this.onChange(this.matches);
  }

  #text(step) {
    const known = this.#texts.get(step);
    if (known !== undefined) return known;
    const { method, url, status, says, value, redirect, frames = [], errors = [] } = step;
    const text = [method, url, status, says, value, redirect, ...frames, ...errors].filter(Boolean).join("\n").toLowerCase();
    this.#texts.set(step, text);
    return text;
  }
}
