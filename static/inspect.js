// Inspecting: a click into the page says which value, by which line of which template, made what stands there.

const MOST = 1_000_000; // no recording has as many steps, no page as many pieces

export class Inspect {
  /** @param toggle the switch. @param frame returns the frame of the page that is shown.
   * @param onFound told of step, frame and number of what was clicked; of nothing, if nobody knows what made it. */
  constructor(toggle, frame, onFound) {
    addEventListener("message", ({ source, origin, data }) => {
      if (!toggle.checked || origin !== "null" || !source || source !== frame()?.contentWindow) return;
      if (Array.isArray(data) && data.length === 0) onFound(null);
      else if (isMark(data)) onFound({ step: data[0], frame: data[1], number: data[2] });
    });
  }
}

/** Whether a message is what the script in an inspected page says. */
function isMark(data) {
  return Array.isArray(data) && data.length === 3 && data.every((number) => Number.isInteger(number) && number >= 0 && number < MOST);
}
