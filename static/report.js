// The meaning of a verdict, in words.

import { element } from "./common.js";

const NOW = {
  identical: "same as then",
  redacted: "same but for redacted values",
  ignored: "same but for ignored parts",
  different: "changed since then",
};
const MEANING = {
  identical: "Rendered again, this is byte for byte what the visitor was sent.",
  redacted: "Rendered again, this is byte for byte what the visitor was sent, except for redacted values.",
  ignored: "Rendered again, this is byte for byte what the visitor was sent, except for the ignored parts of the template.",
  different: "Rendered again, this is not what the visitor was sent. Only a digest of that is kept, so there is no text to compare with.",
  unrecorded: "The app's own code rendered a template of this page, and nothing of its output is kept.",
  unfinished: "The render was not finished when it was recorded, so there is nothing to compare with.",
  snapshot: "The program that made this recording took this snapshot. It is shown unchanged; nothing in it runs.",
  literal: "No template made this page. The recording has its text.",
  broken: "The recording does not hold all that this page needs.",
  incomplete: "The recording does not hold all of this page.",
};

/** Return a short text for a verdict, and its meaning. @param now the present templates were used. */
export function worded({ state, text }, now) {
  const compared = now && Object.hasOwn(NOW, state);
  return {
    text: compared ? NOW[state] : text,
    hint: compared ? "Compared with what the visitor was sent" : MEANING[state],
    meaning: compared ? "Rendered with the templates of today, and compared with what the visitor was sent." : MEANING[state],
  };
}

/** Explain a verdict in a dialog, with all details. */
export function report(dialog, verdict, now) {
  const { problem, missing, diff } = verdict;
  const { text, meaning } = worded(verdict, now);
  dialog.querySelector("h2").textContent = text;
  const parts = [element("p", "", meaning)];
  if (problem) parts.push(element("p", "bad", problem));
  if (missing.length) parts.push(element("p", "", `Not in the recording: ${missing.join(", ")}`));
  if (diff) parts.push(element("pre", "diff", ...diffLines(diff)));
  dialog.querySelector("#report-text").replaceChildren(...parts);
  dialog.showModal();
}

/** Show the lines of a diff. */
export function diffLines(diff) {
  const kinds = { "+": "added", "-": "removed", "@": "place" };
  return diff.split("\n").map((text) => element("span", kinds[text[0]] ?? "", `${text}\n`));
}
