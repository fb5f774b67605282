// Inspecting: a click into the page shows which value, and which line of which template, produced the clicked text.

const MOST = 1_000_000; // more steps or pieces than any recording or page has

export class Inspect {
  /** @param toggle the switch. @param frame returns the frame of the shown page.
   * @param onFound called with step, frame and number of the clicked piece, or without arguments if unknown. */
  constructor(toggle, frame, onFound) {
    addEventListener("message", ({ source, origin, data }) => {
      if (!toggle.checked || origin !== "null" || !source || source !== frame()?.contentWindow) return;
      if (Array.isArray(data) && data.length === 0) onFound(null);
      else if (isMark(data)) onFound({ step: data[0], frame: data[1], number: data[2] });
    });
  }
}

/** Whether a message has the form of those from the script in an inspected page. */
function isMark(data) {
  return Array.isArray(data) && data.length === 3 && data.every((number) => Number.isInteger(number) && number >= 0 && number < MOST);
}
