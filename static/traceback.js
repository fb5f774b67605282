// A traceback for people: the app's own lines first, those of libraries folded.

import { element } from "./common.js";

const CALL = /^ {2}File "(.*)", line (\d+)(?:, in (.*))?$/;
const LIBRARY = /[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/]python\d|^<frozen |[\\/]Python\d+[\\/]Lib[\\/]/i;
const COLUMNS = /^[\s~^]+$/; // Python's marks under a line, which would be misplaced if the line is wrapped
const HEAD = "Traceback (most recent call last):";

/** Show a traceback. */
export function traceback(text) {
  const parts = taken(text);
  const foreign = parts.filter(({ library }) => library).length;
  const whole = element("pre", "", text);
  if (!foreign || !parts.some(({ library }) => library === false)) return [whole];
  const own = parts.filter(({ library }) => !library).map(({ lines, library }) => (
    element("span", library === false ? "call" : "message", `${lines.filter((line) => !COLUMNS.test(line)).join("\n")}\n`)
  ));
  const fold = element("details", "libraries", element("summary", "", `${foreign} call${foreign === 1 ? "" : "s"} in libraries, and the whole traceback`), whole);
  return [element("pre", "own", ...own), fold];
}

/** Split a traceback into calls, in the app or in a library, and the text between them. */
function taken(text) {
  const parts = [];
  for (const line of text.split("\n")) {
    const call = CALL.exec(line);
    const last = parts.at(-1);
    if (call) parts.push({ library: LIBRARY.test(call[1]), lines: [line] });
    else if (line.startsWith("    ") && last?.library !== undefined) last.lines.push(line);
    else if (line.trim() && line !== HEAD) parts.push({ lines: [line] });
  }
  return parts;
}
