// Inspecting: a click into the page shows which value, and which line of which template, produced the clicked text; and
// the other way round.

const MOST = 1_000_000; // more steps or pieces than any recording or page has

export class Inspect {
  #asked = ""; // what was asked of the page last; "" after a click

  /** @param toggle the switch. @param frame returns the frame of the shown page.
   * @param onFound called with step, frame and number of the piece, or with null and what was asked, if there is none. */
  constructor(toggle, frame, onFound) {
    this.frame = frame;
    addEventListener("message", ({ source, origin, data }) => {
      if (!toggle.checked || origin !== "null" || !source || source !== frame()?.contentWindow) return;
      const asked = this.#asked;
      this.#asked = "";
      if (Array.isArray(data) && data.length === 0) onFound(null, asked);
      else if (isMark(data)) onFound({ step: data[0], frame: data[1], number: data[2] }, asked);
    });
  }

  /** Highlight the next or previous piece of the page for which a value was read. */
  walk(by) {
    this.#ask("walk", by);
  }

  /** Highlight pieces of the page. @param marks steps, frames and numbers. */
  find(marks) {
    this.#ask("find", marks.map((mark) => mark.join(".")));
  }

  #ask(what, data) {
    this.#asked = what;
    this.frame()?.contentWindow.postMessage({ [what]: data }, "*"); // the page has no origin to name
  }
}

/** Whether a message has the form of those from the script in an inspected page. */
function isMark(data) {
  return Array.isArray(data) && data.length === 3 && data.every((number) => Number.isInteger(number) && number >= 0 && number < MOST);
}
