// The list of events. A recording may have thousands, so the document only contains the visible rows, each positioned
// by its height and the heights of the rows before it.

import { clock, element } from "./common.js";
import { Timeline } from "./timeline.js";

const LINE = 21; // pixels per line of a row; replay.css has the same
const PADDING = 14; // pixels above and below the lines of a row together
const BEYOND = 400; // pixels outside the visible area for which rows exist

export class EventList {
  /** @param list the element; @param onChoose called with the clicked step. */
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.steps = [];
    this.tops = [0];
    this.rows = new Map();
    this.current = -1;
    /** Whether a step is listed. @type {(step: any) => boolean} */
    this.matches = () => true;
    this.tab = null; // the followed tab
    this.top = 0; // scroll position and visible height, cached because reading them forces a layout
    this.height = 0;
    list.addEventListener("scroll", () => { this.top = list.scrollTop; this.#fill(); });
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.height)).observe(list);
  }

  /** List steps. @param tabs the number of the visitor's tabs; with several, each row names its tab. */
  set(steps, tabs, current) {
    this.steps = steps;
    this.tabs = tabs;
    this.current = current;
    this.#lay();
  }

  /** List only some of the steps. @param matches tells which. */
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
    this.list.style.setProperty("--height", `${this.tops.at(-1)}px`); // height of all rows, for the scroll bar
    this.rows.clear();
    this.list.replaceChildren();
    this.#fill();
  }

  /** Dim the steps of other tabs; null for none. */
  follow(tab) {
    this.tab = tab;
    for (const index of this.rows.keys()) this.#face(index);
  }

  /** Mark a step as current, and scroll only the list, as little as needed to show it. */
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

  /** Scroll as little as needed to show a step. */
  #reveal(index) {
    const [top, bottom] = [this.tops[index], this.tops[index + 1]];
    if (top < this.top) this.#scroll(top);
    else if (bottom > this.top + this.height) this.#scroll(bottom - this.height);
  }

  /** Adapt to the available height; the current step stays visible if it was. */
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

  /** Keep only the visible rows and the current one in the document. */
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

  /** Return the row at a height of the list. */
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
      Object.assign(element("span", "path", step.url ?? ""), { title: step.url ?? "" }),
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

  /** Show whether a row is the current one, which is the only one with a tab stop, and whether its tab is followed. */
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

/** Return the lines below a step: its frames, its redirect, its errors. */
function under(step) {
  return [
    ...(step.says ? [[step.says, "says"]] : []),
    ...(step.frames ?? []).map((name) => [name, ""]),
    ...(step.value ? [[step.value, ""]] : []),
    ...(step.redirect ? [[`to ${step.redirect}`, ""]] : []),
    ...(step.errors ?? []).map((text) => [text, "bad"]),
  ];
}
