// The marks on the timeline: pages, errors, pauses. A click on a mark goes to its step.

import { clock, element } from "./common.js";
import { Timeline } from "./timeline.js";

const LONG = 10000; // milliseconds; longer pauses are marked
const MARKS = 500; // positions on the timeline; several marks at one position become one
export const LANES = 6; // tabs with a lane of their own

/** Mark the steps of a timeline. @param tab the followed tab, or null. @param onChoose called with the chosen step.
 * @returns marks, and parts of the timeline in which nothing happens. */
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

/** Mark the moments of notes. @param onChoose called with the moment. */
export function noted(line, moments, onChoose) {
  return moments.map(({ t, text }) => {
    const mark = element("i", "noted");
    mark.style.left = `${Math.min(100, (100 * t) / (line.duration || 1))}%`;
    mark.title = text;
    mark.addEventListener("click", () => onChoose(t));
    return mark;
  });
}
