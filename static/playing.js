// The passing of time while a recording plays.

const SPEEDS = [0.5, 1, 2, 4, 8, 16];
const FRAME = 250; // milliseconds that one frame may play, so that a tab that was hidden continues where it was

export class Playing {
  on = false;
  #last = 0;

  /** @param button plays and pauses. @param menu has the speeds. @param onPass called with passed milliseconds. */
  constructor(button, menu, onPass) {
    this.button = button;
    this.menu = menu;
    this.onPass = onPass;
  }

  /** The speed; 1 for invalid values. */
  get speed() {
    const chosen = Number(this.menu.value);
    return SPEEDS.includes(chosen) ? chosen : 1;
  }

  /** Choose the next or previous speed. */
  faster(by) {
    const index = Math.min(Math.max(0, SPEEDS.indexOf(this.speed) + by), SPEEDS.length - 1);
    this.menu.value = String(SPEEDS[index]);
  }

  start() {
    if (this.on) return;
    this.on = true;
    this.#face();
    requestAnimationFrame((now) => {
      this.#last = now;
      this.#tick(now);
    });
  }

  stop() {
    if (!this.on) return;
    this.on = false;
    this.#face();
  }

  #tick(now) {
    if (!this.on) return;
    const passed = Math.min(Math.max(0, now - this.#last), FRAME) * this.speed;
    this.#last = now;
    this.onPass(passed);
    requestAnimationFrame((next) => this.#tick(next));
  }

  #face() {
    const label = this.on ? "Pause" : "Play";
    this.button.setAttribute("aria-label", label);
    this.button.title = `${label} (space)`;
    this.button.querySelector("path").setAttribute("d", this.on ? "M9 6v12 M15 6v12" : "M8 5l11 7-11 7z");
    this.button.classList.toggle("playing", this.on);
  }
}
