// Notes of people at moments of the recording. They are in the page already; a click on one goes to its moment.

import { clock } from "./common.js";

export class Notes {
  #position;
  #form;

  /** @param position returns the current moment. @param onChoose called with the moment of a clicked note. */
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

  /** Show the moment that a new note would get. */
  show() {
    const [button, label] = [this.#form?.querySelector("button"), `Note at ${clock(this.#position())}`];
    if (button && button.textContent !== label) button.textContent = label;
  }

  forget() {}

  #buttons() {
    return [...this.section.querySelectorAll("button[data-at]")];
  }
}
