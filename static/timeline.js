// The steps of a recording in time: pure functions, without any display.

export const PAUSE = 3000; // milliseconds that are played of a visitor's pause; the rest is skipped
const FAR = 1000; // steps in which the next pages are searched for
const BEFORE = 1200; // milliseconds that remain before the step that ends it

export class Timeline {
  /** @param steps as in steps.json; @param least the length in the summary, in ms. */
  constructor(steps, least = 0) {
    let host; // steps without a request have the host of the page
    this.steps = steps.map((step) => {
      host = step.host ?? host;
      return { tab: 0, ...(step.at?.startsWith("/") ? { host } : {}), ...step };
    });
    this.tabs = this.steps.reduce((most, step) => Math.max(most, step.tab + 1), 1);
    const last = new Map(); // tabs to the step whose page they show
    this.pages = this.steps.map((step, index) => {
      if (Timeline.seen(step)) last.set(step.tab, index);
      return last.get(step.tab) ?? -1;
    });
    this.duration = steps.reduce((most, step) => Math.max(most, step.t + (step.d ?? 0)), Math.max(1, least));
  }

  /** Return a position within the recording; the start for invalid values. */
  clamp(time) {
    return Math.min(Math.max(0, Number.isFinite(time) ? time : 0), this.duration);
  }

  /** Return the last step that has begun at a time, or the first one. */
  at(time) {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle].t <= time) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Return the step whose page is on the visitor's screen, in the tab of a step or another; -1 for none yet. */
  pageAt(index, tab = this.steps[index]?.tab) {
    let step = Math.min(index, this.steps.length - 1);
    while (step >= 0 && this.steps[step].tab !== tab) step -= 1;
    return step < 0 ? -1 : this.pages[step];
  }

  /** Return the next steps that each bring another page to the screen. @param tab the followed one, or null. */
  following(index, tab, count) {
    const found = [];
    let page = this.pageAt(index, tab ?? undefined);
    for (let step = index + 1; step < Math.min(this.steps.length, index + FAR) && found.length < count; step += 1) {
      if (tab !== null && this.steps[step].tab !== tab) continue;
      if (this.pages[step] !== page) found.push(step);
      page = this.pages[step];
    }
    return found;
  }

  /** Return the marked step that is nearest to a time, if it is within some milliseconds; else -1. */
  near(time, within) {
    let found = -1;
    for (let step = this.at(time - within); this.steps[step]?.t <= time + within; step += 1) {
      const away = Math.abs(this.steps[step].t - time);
      const marked = Timeline.seen(this.steps[step]) || Timeline.bad(this.steps[step]);
      if (marked && away <= within && (found < 0 || away < Math.abs(this.steps[found].t - time))) found = step;
    }
    return found;
  }

  /** Return the counts of pages, changes, snapshots and errors, in words. */
  counts() {
    const count = (one, many, matches) => {
      const number = this.steps.filter(matches).length;
      return { text: `${number.toLocaleString("en")} ${number === 1 ? one : many}`, number };
    };
    return [
      count("page", "pages", ({ shows }) => shows === "page"),
      count("change", "changes", ({ shows }) => shows === "fragment"),
      count("snapshot", "snapshots", ({ shows }) => shows === "snapshot"),
      { ...count("error", "errors", Timeline.bad), bad: true },
    ].filter(({ number }, index) => number || index === 0);
  }

  /** Return the next step with an error after a step, or before it; -1 for none. */
  errorAfter(index, by) {
    let step = index + by;
    while (this.steps[step] && !Timeline.bad(this.steps[step])) step += by;
    return this.steps[step] ? step : -1;
  }

  /** Return the next page after a step, or the last one. */
  pageAfter(index, tab = this.steps[index]?.tab) {
    const found = this.steps.findIndex((step, number) => number > index && Timeline.seen(step) && step.tab === tab);
    return found < 0 ? this.pageAt(this.steps.length - 1, tab) : found;
  }

  /** Return a step of a tab: the next one from a step on, in a direction; -1 for none. */
  stepOf(tab, index, by) {
    let step = index;
    while (this.steps[step] && this.steps[step].tab !== tab) step += by;
    return this.steps[step] ? step : -1;
  }

  /** Return the end of the pause after a step, and the time to which playing may jump; null for a short pause. */
  pauseAfter(index) {
    const [step, next] = [this.steps[index], this.steps[index + 1]];
    if (!step) return null;
    const start = step.t + (step.d ?? 0);
    const end = next ? next.t : this.duration;
    if (end - start <= PAUSE) return null;
    return { start, end, leave: start + PAUSE - BEFORE, enter: end - BEFORE };
  }

  /** Whether a step has something to show that fills the screen. */
  static seen(step) {
    return ["page", "fragment", "snapshot"].includes(step.shows);
  }

  /** Whether a step has an error. */
  static bad(step) {
    return Boolean(step.errors) || step.status >= 500;
  }
}

/** Return the name of a step of a running recording. */
export function nameOf(step) {
  return step?.key?.join(":");
}

/** Insert new steps among the known ones. */
export function merged(known, fresh) {
  const steps = new Map([...known, ...fresh].map((step) => [nameOf(step), step]));
  const order = (one, other) => (one < other ? -1 : Number(one > other));
  return [...steps.values()].sort((a, b) => a.t - b.t || order(a.key[0], b.key[0]) || a.key[1] - b.key[1]);
}
