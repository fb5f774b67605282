// Notes: what people wrote at moments of the recording. The server has put them onto the page; a click on one leads there.

import { clock } from "./common.js";

export class Notes {
  #position;
  #form;

  /** @param position returns the moment that is shown. @param onChoose told of the moment of a note that was clicked. */
  constructor(section, position, onChoose) {
    this.section = section;
    this.#position = position;
    this.#form = section.querySelector("form.write");
    for (const button of this.#buttons()) button.addEventListener("click", () => onChoose(Number(button.dataset.at)));
    for (const form of section.querySelectorAll("form")) {
      form.addEventListener("submit", () => {
        if (!form.elements.at.value) form.elements.at.value = String(Math.round(position()));
      });
    }
  }

  /** Return the moments of the notes, each with its text. */
  moments() {
    return this.#buttons().map((button) => ({ t: Number(button.dataset.at), text: button.textContent.trim() }));
  }

  /** Say at which moment a note would be. */
  show() {
    const [button, label] = [this.#form?.querySelector("button"), `Note at ${clock(this.#position())}`];
    if (button && button.textContent !== label) button.textContent = label;
  }

  forget() {}

  #buttons() {
    return [...this.section.querySelectorAll("button[data-at]")];
  }
}
