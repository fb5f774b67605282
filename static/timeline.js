// The steps of a recording on the line of time: questions and answers, nothing on the screen.

export const PAUSE = 3000; // milliseconds of a visitor's pause that are played; the rest is skipped
const FAR = 1000; // steps among which the next pages are looked for
const BEFORE = 1200; // how much of it is left before the step that ends it

export class Timeline {
  /** @param steps as steps.json gives them; @param least the length that the summary tells, in ms. */
  constructor(steps, least = 0) {
    let host; // what is no request has that of the page
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

  /** Bring a position within the recording; junk is its start. */
  clamp(time) {
    return Math.min(Math.max(0, Number.isFinite(time) ? time : 0), this.duration);
  }

  /** Find the last step that has begun at a time; the first one before that. */
  at(time) {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle].t <= time) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Find the step whose page is on the visitor's screen, in the tab of a step or another; -1 for none yet. */
  pageAt(index, tab = this.steps[index]?.tab) {
    let step = Math.min(index, this.steps.length - 1);
    while (step >= 0 && this.steps[step].tab !== tab) step -= 1;
    return step < 0 ? -1 : this.pages[step];
  }

  /** Find the next steps that each bring another page to the screen. @param tab the one that is followed, or null. */
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

  /** Find the marked step that is nearest to a time, if it is within some milliseconds; else -1. */
  near(time, within) {
    let found = -1;
    for (let step = this.at(time - within); this.steps[step]?.t <= time + within; step += 1) {
      const away = Math.abs(this.steps[step].t - time);
      const marked = Timeline.seen(this.steps[step]) || Timeline.bad(this.steps[step]);
      if (marked && away <= within && (found < 0 || away < Math.abs(this.steps[found].t - time))) found = step;
    }
    return found;
  }

  /** Count what somebody who looked over the visitor's shoulder would. */
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

  /** Find the next step that went wrong, in a direction; -1 for none. */
  wrong(index, by) {
    let step = index + by;
    while (this.steps[step] && !Timeline.bad(this.steps[step])) step += by;
    return this.steps[step] ? step : -1;
  }

  /** Find the next page after a step, or the last one. */
  pageAfter(index, tab = this.steps[index]?.tab) {
    const found = this.steps.findIndex((step, number) => number > index && Timeline.seen(step) && step.tab === tab);
    return found < 0 ? this.pageAt(this.steps.length - 1, tab) : found;
  }

  /** Find a step of a tab: the next one from a step on, in a direction; -1 for none. */
  stepOf(tab, index, by) {
    let step = index;
    while (this.steps[step] && this.steps[step].tab !== tab) step += by;
    return this.steps[step] ? step : -1;
  }

  /** Give where the pause after a step ends, and where playing may jump to; null for a short one. */
  pauseAfter(index) {
    const [step, next] = [this.steps[index], this.steps[index + 1]];
    if (!step) return null;
    const start = step.t + (step.d ?? 0);
    const end = next ? next.t : this.duration;
    if (end - start <= PAUSE) return null;
    return { start, end, leave: start + PAUSE - BEFORE, enter: end - BEFORE };
  }

  /** Tell whether a step has something to see that fills the screen. */
  static seen(step) {
    return ["page", "fragment", "snapshot"].includes(step.shows);
  }

  /** Tell whether something went wrong in a step. */
  static bad(step) {
    return Boolean(step.errors) || step.status >= 500;
  }
}

/** Name a step of a recording that goes on. */
export function nameOf(step) {
  return step?.key?.join(":");
}

/** Put steps that came among those that are known, each in its place. */
export function merged(known, fresh) {
  const steps = new Map([...known, ...fresh].map((step) => [nameOf(step), step]));
  const order = (one, other) => (one < other ? -1 : Number(one > other));
  return [...steps.values()].sort((a, b) => a.t - b.t || order(a.key[0], b.key[0]) || a.key[1] - b.key[1]);
}
