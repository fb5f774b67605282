// The templates of the page: their lines, the lines that produced the chosen value, and the present version.

import { element } from "./common.js";
import { diffLines } from "./report.js";
import { addressOf, madeBy, renders, say, PanelData } from "./panel_data.js";

export const UNDER = "[(.| "; // characters that follow an object in the path of a value below it

const TODAY = {
  same: "The same today.",
  changed: "Changed since then.",
  gone: "There is no such template any more.",
};

export class Sources {
  #data;
  #frame = "";
  #step = -1;

  /** @param line returns the timeline. @param chosen the chosen value of the state. */
  constructor(section, responses, root, line, chosen) {
    this.section = section;
    this.root = root;
    this.line = line;
    this.chosen = chosen;
    this.#data = new PanelData(section, responses, (found) => this.#draw(found));
  }

  async show(moment) {
    const step = madeBy(moment, this.line(), this.chosen);
    if (step !== this.#step) this.#frame = "";
    if (this.chosen.step === step) this.#frame = this.chosen.frame;
    this.#step = step;
    await this.#data.ask(addressOf(this.root, "template", this.line(), step, this.#frame), "No template made this.");
    this.#mark();
  }

  forget() {
    this.#data.forget();
  }

  #draw({ frame, frames = [], sources, made }) {
    this.made = made;
    if (!sources.length) return say(frame < 0 ? "No template made this." : "Which template made this is not known.");
    const menu = renders(frames, frame, (number) => {
      this.#frame = number;
      this.#data.ask(addressOf(this.root, "template", this.line(), this.#step, number)).then(() => this.#mark());
    });
    this.lines = sources.map(({ text }) => text.split("\n").map((line) => element("li", "", element("code", "", line))));
    const wrote = new Set(made.map(([source, line]) => `${source}.${line}`));
    this.lines.forEach((lines, source) => lines.forEach((line, place) => line.classList.toggle("wrote", wrote.has(`${source}.${place + 1}`))));
    this.parts = sources.map((source, number) => this.#part(source, this.lines[number], number === 0 || sources.length < 3));
    return [...(menu ? [menu] : []), ...this.parts];
  }

  #part({ name, problem, today, diff }, lines, open) {
    const part = element(
      "details", "source",
      element("summary", "", element("b", "", name), element("span", `today ${today}`, TODAY[today] ?? "")),
      problem ? say(problem, "bad") : null,
      diff ? element("details", "", element("summary", "", "What has changed"), element("pre", "diff", ...diffLines(diff))) : null,
      element("ol", "code", ...lines),
    );
    part.open = open;
    return part;
  }

  /** Return the spot that was clicked on the page, or all spots of a chosen value. */
  #meant({ at, number, path }) {
    if (at >= 0) return [this.made[number]].filter(Boolean);
    return path ? this.made.filter(([, , reads]) => reads.some((read) => isOf(read, path))) : [];
  }

  /** Mark the lines that produced the chosen value, and show the first of them. */
  #mark() {
    if (!this.lines) return;
    const meant = this.chosen.step === this.#step ? this.#meant(this.chosen) : [];
    this.section.querySelectorAll(".meant").forEach((line) => line.classList.remove("meant"));
    meant.forEach(([source, line]) => this.lines[source]?.[line - 1]?.classList.add("meant"));
    const [first] = meant;
    if (!first) return;
    this.parts[first[0]].open = true;
    this.lines[first[0]][first[1] - 1]?.scrollIntoView({ block: "center" });
  }
}

/** Whether a path equals another one, or is below it. */
export function isOf(read, path) {
  return read === path || (read.startsWith(path) && UNDER.includes(read[path.length]));
}
