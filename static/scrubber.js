// The scrubber on the timeline, and the time beside it.

import { clock } from "./common.js";

const SETTLE = 80; // milliseconds for which a dragged scrubber must rest before a page is loaded
const NEAR = 3; // pixels on the timeline within which an event is chosen
const MOVED = 3; // pixels on the timeline that the scrubber moves at least while time passes

export class Scrubber {
  #lingering = 0;

  /** @param input the scrubber. @param time shows the position. @param isNear whether a step can be shown at once.
   * @param onDrag called while dragging. @param onChoose called with the chosen moment and step, which ends dragging. */
  constructor(input, time, isNear, onDrag, onChoose) {
    this.input = input;
    this.bar = input.parentElement.querySelector("#bar");
    this.time = time;
    const choose = () => onChoose(...this.#meant(Number(input.value)));
    input.addEventListener("input", () => {
      this.release();
      onDrag();
      if (isNear(this.#meant(Number(input.value))[1])) choose();
      else this.#lingering = setTimeout(choose, SETTLE);
    });
  }

  /** End dragging: what is shown from now on moves the scrubber again. */
  release() {
    clearTimeout(this.#lingering);
    this.#lingering = 0;
  }

  /** Set the timeline. */
  lay(line) {
    this.line = line;
    this.input.max = String(line.duration);
  }

  /** Show a position, except while the viewer drags: then the scrubber stays under the pointer. */
  show(position) {
    if (this.#lingering) return;
    const { duration } = this.line;
    this.input.value = String(Math.round(position));
    this.bar.style.setProperty("--done", `${(100 * position) / duration}%`); // others hold thousands of marks
    this.input.setAttribute("aria-valuetext", `${clock(position)} of ${clock(duration)}`);
    this.time.textContent = this.#text(position);
  }

  /** Show a position as time passes, but only a visible change: painting takes most of a browser's time. */
  pass(position) {
    if (this.#text(position) !== this.time.textContent || this.#pixelsTo(position) >= MOVED) this.show(position);
  }

  #text(position) {
    return `${clock(position)}.${Math.floor(position / 100) % 10} / ${clock(this.line.duration)}`;
  }

  /** Return the pixels between the scrubber and a position. */
  #pixelsTo(position) {
    return (Math.abs(position - Number(this.input.value)) * this.input.clientWidth) / this.line.duration;
  }

  /** Choose a position on the timeline: a marked event if one is near. */
  #meant(chosen) {
    const near = this.line.near(chosen, (NEAR * this.line.duration) / this.input.clientWidth);
    return near < 0 ? [chosen, this.line.at(chosen)] : [this.line.steps[near].t, near];
  }
}
