// The side panels, of which one is open. Its data is requested when it is shown.

const NARROW = matchMedia("(max-width: 760px)"); // same as in replay.css: there is room for the list or one panel

export class Side {
  #listing = true; // if there is room for only one, show the list
  #moment = null;

  /** @param side the element. @param panels by the names of their tabs; each receives the current moment. */
  constructor(side, panels) {
    this.side = side;
    this.panels = panels;
    this.buttons = [...side.querySelectorAll(".tabs button")];
    for (const button of this.buttons) button.addEventListener("click", () => this.open(button.dataset.tab));
    NARROW.addEventListener("change", () => this.#face());
    this.#face();
  }

  /** Open a panel, or the list of events. */
  open(name) {
    this.#listing = name === "events";
    if (!this.#listing) this.side.dataset.tab = name;
    this.#face();
    this.#tell();
  }

  /** Show the data of a moment. @param moment the scene, and the number of its step. */
  show(moment) {
    this.#moment = moment;
    this.#tell();
  }

  #tell() {
    if (this.#moment) this.panels[this.side.dataset.tab]?.show(this.#moment);
  }

  #face() {
    this.side.classList.toggle("listing", this.#listing);
    const open = NARROW.matches && this.#listing ? "events" : this.side.dataset.tab;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tab === open));
  }
}
