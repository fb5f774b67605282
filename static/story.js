// The story: the session in sentences. A click on a sentence goes to its moment.

import { clock, element } from "./common.js";
import { copyButton } from "./copy.js";
import { say, PanelData } from "./panel_data.js";

export class Story {
  #data;
  #rows = []; // the buttons, and the numbers of their steps

  /** @param onChoose called with the clicked step and moment. */
  constructor(section, responses, root, onChoose) {
    this.address = `${root}/story.json`;
    this.onChoose = onChoose;
    this.#data = new PanelData(section, responses, (story) => this.#draw(story));
  }

  /** Show the story, with the line of a moment marked. */
  async show({ index }) {
    await this.#data.ask(this.address);
    const current = this.#rows.findLast(([, step]) => step <= index)?.[0];
    for (const [button] of this.#rows) {
      if (button === current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    current?.scrollIntoView({ block: "nearest" });
  }

  /** Load the story again when it is shown next. */
  forget() {
    this.#data.forget();
  }

  #draw({ subject, facts, lines = [], notes = [], markdown }) {
    this.#rows = lines.map(({ offset_ms: time, step, kind, text }) => {
      const button = element("button", "", element("span", "at", clock(time)), element("span", `text ${kind}`, ...emphasized(text)));
      button.type = "button";
      button.addEventListener("click", () => this.onChoose(step, time));
      return [button, step];
    });
    return [
      element("p", "head", element("b", "", subject), ` ${facts}`),
      ...notes.map((note) => say(note)),
      element("ol", "lines", ...this.#rows.map(([button]) => element("li", "", button))),
      ...(lines.length ? [] : [say("Nothing happened.")]),
      copyButton("Copy as Markdown", () => markdown),
    ];
  }
}

/** Show names in a story, written *so*, with emphasis. */
function emphasized(text) {
  return text.split(/\*([^*]+)\*/).map((part, place) => (place % 2 ? element("i", "", part) : part));
}
