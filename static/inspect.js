// Inspecting: a click into the page shows which value, and which line of which template, produced the clicked text; and
// the other way round.

const MOST = 1_000_000; // more steps or pieces than any recording or page has

export class Inspect {
  #request = ""; // the last request to the page, "walk" or "find"; "" after a click

  /** @param toggle the switch. @param frame returns the frame of the shown page.
   * @param onFound called with step, frame and number of the piece, or with null if there is none; and with the request. */
  constructor(toggle, frame, onFound) {
    this.frame = frame;
    addEventListener("message", ({ source, origin, data }) => {
      if (!toggle.checked || origin !== "null" || !source || source !== frame()?.contentWindow) return;
      const request = this.#request;
      this.#request = "";
      if (Array.isArray(data) && data.length === 0) onFound(null, request);
      else if (isMark(data)) onFound({ step: data[0], frame: data[1], number: data[2] }, request);
    });
  }

  /** Highlight the next or previous piece of the page for which a value was read. */
  walk(by) {
    this.#send("walk", by);
  }

  /** Highlight pieces of the page. @param marks steps, frames and numbers. */
  find(marks) {
    this.#send("find", marks.map((mark) => mark.join(".")));
  }

  #send(what, data) {
    this.#request = what;
    this.frame()?.contentWindow.postMessage({ [what]: data }, "*"); // the page has no origin to name
  }
}

/** Whether a message has the form of those from the script in an inspected page. */
function isMark(data) {
  return Array.isArray(data) && data.length === 3 && data.every((number) => Number.isInteger(number) && number >= 0 && number < MOST);
}
