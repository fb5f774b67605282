// A line over the stage that says something and goes by itself.

const LONG = 2500; // milliseconds that it can be read

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
