// The scrubber on the line of time, and the time beside it.

import { clock } from "./common.js";

const SETTLE = 80; // milliseconds that who drags must linger before a page is loaded
const NEAR = 3; // pixels of the line within which an event is meant

export class Scrubber {
  #lingering = 0;

  /** @param input the scrubber. @param time shows the position. @param isNear whether a step can be shown at once.
   * @param onDrag told that somebody drags. @param onChoose told of the moment and the step that are meant. */
  constructor(input, time, isNear, onDrag, onChoose) {
    this.input = input;
    this.bar = input.parentElement.querySelector("#bar");
    this.time = time;
    input.addEventListener("input", () => {
      onDrag();
      const chosen = this.#meant(Number(input.value));
      if (isNear(chosen[1])) onChoose(...chosen);
      else this.#lingering = setTimeout(() => onChoose(...chosen), SETTLE);
    });
  }

  /** Lay a line of time under it. */
  lay(line) {
    this.line = line;
    this.input.max = String(line.duration);
  }

  /** Show a position; whoever dragged it elsewhere does not mean that any more. */
  show(position) {
    clearTimeout(this.#lingering);
    const { duration } = this.line;
    this.input.value = String(Math.round(position));
    this.bar.style.setProperty("--done", `${(100 * position) / duration}%`); // on nothing that holds thousands of marks
    this.input.setAttribute("aria-valuetext", `${clock(position)} of ${clock(duration)}`);
    this.time.textContent = `${clock(position)}.${Math.floor(position / 100) % 10} / ${clock(duration)}`;
  }

  /** Tell what is meant by a place on the line: near a marked event, that. */
  #meant(chosen) {
    clearTimeout(this.#lingering);
    const near = this.line.near(chosen, (NEAR * this.line.duration) / this.input.clientWidth);
    return near < 0 ? [chosen, this.line.at(chosen)] : [this.line.steps[near].t, near];
  }
}
