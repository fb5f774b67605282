// What is marked on the line of time: pages, errors, pauses. A click on a mark leads to what it stands for.

import { clock, element } from "./common.js";
import { Timeline } from "./timeline.js";

const LONG = 10000; // milliseconds of a pause that is marked
const MARKS = 500; // places on the line; what falls on the same is marked once
export const LANES = 6; // tabs that have a lane of their own

/** Mark the steps of a line. @param tab the one that is followed, or null. @param onChoose told of the chosen step.
 * @returns marks, and stretches of the line in which nothing happens. */
export function marks(line, tab, onChoose) {
  const [made, pauses] = [[], []];
  const taken = new Set();
  const share = (time) => `${(100 * time) / line.duration}%`;
  line.steps.forEach((step, index) => {
    const idle = line.pauseAfter(index);
    if (idle && idle.end - idle.start > Math.max(LONG, line.duration / 25)) {
      const stretch = element("i", "idle");
      stretch.style.left = share(idle.start);
      stretch.style.width = share(idle.end - idle.start);
      pauses.push(stretch);
    }
    const kind = Timeline.bad(step) ? "bad" : "page";
    const lane = Math.min(step.tab, LANES - 1);
    const place = `${kind}${lane}.${Math.round((MARKS * step.t) / line.duration)}`;
    if ((!Timeline.seen(step) && kind === "page") || taken.has(place)) return;
    taken.add(place);
    const mark = element("i", kind);
    mark.style.left = share(step.t);
    mark.style.setProperty("--lane", String(lane));
    mark.classList.toggle("apart", tab !== null && step.tab !== tab);
    mark.title = `${clock(step.t)} ${step.method ?? ""} ${step.url ?? ""}`;
    mark.addEventListener("click", () => onChoose(index));
    made.push(mark);
  });
  return { marks: made, pauses };
}

/** Mark the moments of notes. @param onChoose told of the moment. */
export function noted(line, moments, onChoose) {
  return moments.map(({ t, text }) => {
    const mark = element("i", "noted");
    mark.style.left = `${Math.min(100, (100 * t) / (line.duration || 1))}%`;
    mark.title = text;
    mark.addEventListener("click", () => onChoose(t));
    return mark;
  });
}
