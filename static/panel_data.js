// A panel whose data is loaded from the server when the panel is shown.

import { element, keyOf } from "./common.js";

/** Return the step whose templates are shown: of what was clicked on the page, else of the moment, if it rendered any,
 * else of its page. */
export function madeBy({ index, scene }, line, chosen) {
  if (chosen.at === index) return chosen.step;
  const step = line.steps[index];
  return step?.frames?.length || step?.method === "render" ? index : scene.page;
}

export class PanelData {
  #wanted = "";
  #shown = "";

  /** @param section the panel. @param responses the cache of responses. @param draw returns the content for a response. */
  constructor(section, responses, draw) {
    this.section = section;
    this.responses = responses;
    this.draw = draw;
  }

  /** Request data, and show it when it arrives. Without an address, show the text `nothing`. */
  async ask(address, nothing = "") {
    this.#wanted = address;
    this.section.ariaBusy = String(Boolean(address) && address !== this.#shown); // the old content is still shown
    if (address === this.#shown && address) return;
    if (!address) return this.#put("", say(nothing));
    if (!this.section.hasChildNodes()) this.section.append(say("Loading …"));
    const answer = await this.responses.get(address).catch(() => null);
    if (this.#wanted !== address) return;
    if (answer?.data) this.#put(address, ...[this.draw(answer.data)].flat());
    else this.#put("", say("It cannot be loaded."));
  }

  /** Draw the content again at the next request, even if it is the same. */
  forget() {
    this.#shown = "";
  }

  #put(address, ...content) {
    this.#shown = address;
    this.section.ariaBusy = "false";
    this.section.replaceChildren(...content);
    this.section.scrollTop = 0;
  }
}

/** Return the address of an answer on a step. @param frame one of several that it rendered; "" for the one to be seen. */
export function addressOf(root, what, line, step, frame = "") {
  if (step < 0) return "";
  return `${root}/${what}/${step}.json?${[keyOf(line.steps[step]), frame === "" ? "" : `frame=${frame}`].filter(Boolean).join("&")}`;
}

/** Make a line of text that is no data. */
export function say(text, className = "soft") {
  return element("p", className, text);
}

/** Make a menu of the renders of a step, where there are several. */
export function renders(frames, chosen, onChoose) {
  if (frames.length < 2) return null;
  const menu = element("select", "renders", ...frames.map((name, number) => new Option(name, String(number))));
  menu.ariaLabel = "Which render";
  menu.value = String(chosen);
  menu.addEventListener("change", () => onChoose(Number(menu.value)));
  return menu;
}
