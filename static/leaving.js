// How the page that is shown is left: its form fills, its button is pressed, a cursor travels to the link.

const LEAD = 1100; // milliseconds that the viewer sees it, if there is time
const SHARE = 0.7; // of the time that the page was there for, they see it at most
const SHORT = 250; // milliseconds that are too short to see it

export class Leaving {
  #known = null;

  constructor(stage, kept) {
    this.stage = stage;
    this.kept = kept;
  }

  /** Find out how a page will be left. @param next the scene that comes after it. @param since when the page came.
   * @returns the address of the page as it will be left; "" where nobody knows. */
  async find(scene, next, since) {
    if (this.#known?.of !== scene.address) this.#known = null;
    const found = next.way && (await this.kept.get(next.way).catch(() => null));
    if (!found?.data?.marked || found.data.from !== scene.page) return "";
    this.#known = { of: scene.address, address: scene.leaving(next.index), time: found.data.t, since };
    return this.#known.address;
  }

  /** Show it when it is due. */
  watch(time, speed) {
    if (!this.#known || this.#known.of !== this.stage.scene?.address) return;
    const lead = Math.min(LEAD * speed, (this.#known.time - this.#known.since) * SHARE);
    if (lead > SHORT * speed && time >= this.#known.time - lead) this.stage.leave(this.#known.address);
  }
}
