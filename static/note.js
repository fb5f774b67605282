// A message over the stage that disappears by itself.

const LONG = 2500; // milliseconds for which it is shown

export class Note {
  #timer = 0;

  constructor(place) {
    this.place = place;
  }

  say(text) {
    clearTimeout(this.#timer);
    this.place.textContent = text;
    this.place.hidden = false;
    this.#timer = setTimeout(() => { this.place.hidden = true; }, LONG);
  }
}
