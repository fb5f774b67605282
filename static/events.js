// The list of events. A recording may have thousands: only the rows in sight are in the document,
// each at the place that its height and those of the rows before it give.

import { clock, element } from "./common.js";
import { Timeline } from "./timeline.js";

const LINE = 21; // pixels: a line of a row, in replay.css too
const PADDING = 14; // above and below the lines of a row together
const BEYOND = 400; // pixels out of sight that are there already

export class EventList {
  /** @param list the element; @param onChoose told of the step that was clicked. */
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.steps = [];
    this.tops = [0];
    this.rows = new Map();
    this.current = -1;
    this.matches = () => true; // which steps are listed
    this.tab = null; // the one that is followed
    this.top = 0; // where the list is scrolled to, and how much of it is in sight: who asks the list has it laid out
    this.height = 0;
    list.addEventListener("scroll", () => { this.top = list.scrollTop; this.#fill(); });
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.height)).observe(list);
  }

  /** List steps. @param tabs how many the visitor had: of several, each row names its own. */
  set(steps, tabs) {
    this.steps = steps;
    this.tabs = tabs;
    this.#lay();
  }

  /** List some of the steps alone. @param matches tells which. */
  filter(matches) {
    this.matches = matches;
    this.#lay();
  }

  #lay() {
    this.tops = [0];
    for (const step of this.steps) {
      const height = this.matches(step) ? PADDING + LINE * (1 + under(step).length) : 0;
      this.tops.push(this.tops.at(-1) + height);
    }
    this.list.style.setProperty("--height", `${this.tops.at(-1)}px`); // of all rows, for the scroll bar
    this.rows.clear();
    this.list.replaceChildren();
    this.#fill();
  }

  /** Let the steps of other tabs stand back; null for none. */
  follow(tab) {
    this.tab = tab;
    for (const index of this.rows.keys()) this.#face(index);
  }

  /** Mark a step, and scroll the list alone, only as far as needed, to have it in sight. */
  mark(index) {
    const focused = this.list.contains(document.activeElement);
    const before = this.current;
    this.current = index;
    if (!this.steps[index]) return;
    this.#reveal(index);
    this.#fill();
    this.#face(before);
    this.#face(index);
    if (focused) this.rows.get(index)?.firstChild.focus({ preventScroll: true });
  }

  /** Scroll only as far as needed to have a step in sight. */
  #reveal(index) {
    const [top, bottom] = [this.tops[index], this.tops[index + 1]];
    if (top < this.top) this.#scroll(top);
    else if (bottom > this.top + this.height) this.#scroll(bottom - this.height);
  }

  /** Go on with as much room as there is now; the current step stays in sight if it was. */
  #resize(height) {
    const [top, bottom] = [this.tops[this.current], this.tops[this.current + 1]];
    const seen = bottom > this.top && top < this.top + this.height;
    this.height = height;
    if (seen && height) this.#reveal(this.current);
    this.#fill();
  }

  #scroll(top) {
    this.top = top;
    this.list.scrollTop = top;
  }

  /** Have the rows in sight in the document, and no others but the current one. */
  #fill() {
    const first = this.#rowAt(this.top - BEYOND);
    const last = this.#rowAt(this.top + this.height + BEYOND);
    const wanted = (index) => (index >= first && index <= last) || index === this.current;
    for (const [index, row] of this.rows) {
      if (wanted(index)) continue;
      row.remove();
      this.rows.delete(index);
    }
    for (let index = first; index <= last; index += 1) this.#add(index);
    this.#add(this.current);
  }

  /** Find the row at a height of the list. */
  #rowAt(height) {
    let [low, high] = [0, this.steps.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= height) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #add(index) {
    const step = this.steps[index];
    if (!step || this.rows.has(index) || this.tops[index] === this.tops[index + 1]) return;
    const button = element(
      "button", "",
      element("span", "at", clock(step.t)),
      element("span", "method", step.method ?? ""),
      element("span", "path", step.url ?? ""),
      element("span", "tabname", this.tabs > 1 ? `tab ${step.tab + 1}` : ""),
      element("span", step.status >= 400 ? "status bad" : "status", String(step.status ?? "")),
      ...under(step).map(([text, className]) => element("span", `under ${className}`, text)),
    );
    button.type = "button";
    button.addEventListener("click", () => this.onChoose(index));
    const row = element("li", Timeline.seen(step) ? "" : "pageless", button);
    row.style.top = `${this.tops[index]}px`;
    row.setAttribute("aria-posinset", String(index + 1));
    row.setAttribute("aria-setsize", String(this.steps.length));
    const next = [...this.rows.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
    this.list.insertBefore(row, this.rows.get(next) ?? null);
    this.rows.set(index, row);
    this.#face(index);
  }

  /** Show whether a row is the current one, the one stop of the tab key in the list, and whether its tab is followed. */
  #face(index) {
    const row = this.rows.get(index);
    const button = row?.firstChild;
    if (!button) return;
    row.classList.toggle("apart", this.tab !== null && this.steps[index].tab !== this.tab);
    button.tabIndex = index === this.current ? 0 : -1;
    if (index === this.current) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
}

/** Give the lines under a step: its frames, where it led, its errors. */
function under(step) {
  return [
    ...(step.says ? [[step.says, "says"]] : []),
    ...(step.frames ?? []).map((name) => [name, ""]),
    ...(step.value ? [[step.value, ""]] : []),
    ...(step.redirect ? [[`to ${step.redirect}`, ""]] : []),
    ...(step.errors ?? []).map((text) => [text, "bad"]),
  ];
}
