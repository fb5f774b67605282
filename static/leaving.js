// How the visitor leaves the shown page: its form is filled, its button is pressed, a cursor moves to the link.

const LEAD = 1100; // milliseconds for which the viewer sees it, if there is time
const SHARE = 0.7; // the largest part of the page's time for which it is seen
const SHORT = 250; // milliseconds; a shorter time is not worth showing it

export class Leaving {
  #known = null;

  constructor(stage, responses) {
    this.stage = stage;
    this.responses = responses;
  }

  /** Find out how a page will be left. @param next the next scene. @param since the time at which the page came.
   * @returns the address of the page as it will be left; "" if unknown. */
  async find(scene, next, since) {
    if (this.#known?.of !== scene.address) this.#known = null;
    const found = next.way && (await this.responses.get(next.way).catch(() => null));
    if (!found?.data?.marked || found.data.from !== scene.page) return "";
    this.#known = { of: scene.address, address: scene.leaving(next.index), time: found.data.t, since };
    return this.#known.address;
  }

  /** Show it when the time has come. */
  watch(time, speed) {
    if (!this.#known || this.#known.of !== this.stage.scene?.address) return;
    const lead = Math.min(LEAD * speed, (this.#known.time - this.#known.since) * SHARE);
    if (lead > SHORT * speed && time >= this.#known.time - lead) this.stage.leave(this.#known.address);
  }
}
