// The size at which pages are shown: that of the visitor's screen, as far as their browser reported it.

const MARGIN = 12; // CSS pixels around a page that is smaller than the stage

export class Size {
  #device = null;
  #width = 0; // for which the visitor's browser laid out the page, 0 for that of the screen

  /** @param screen the element that contains the pages. @param select the menu of sizes. */
  constructor(screen, select) {
    this.screen = screen;
    this.select = select;
    select.addEventListener("change", () => this.#lay());
    new ResizeObserver(() => this.#lay()).observe(screen);
  }

  /** Set the visitor's device. If it is unknown, pages are as wide as the stage. */
  setDevice(device) {
    this.#device = device?.browser ? device : null;
    this.select.hidden = !this.#device;
    this.#lay();
  }

  /** Set the width for which a page was laid out. A browser scales it to its screen. */
  setWidth(width) {
    if (this.#width === width) return;
    this.#width = width;
    this.#lay();
  }

  #lay() {
    const way = this.#device && this.select.value !== "window" ? this.select.value : "";
    this.screen.classList.toggle("sized", Boolean(way));
    this.screen.classList.toggle("full", way === "full");
    if (!way) return;
    const { clientWidth, clientHeight } = this.screen;
    const { width, height, scale } = this.#measured(way, clientWidth, clientHeight);
    const left = Math.max(0, (clientWidth - width * scale) / 2);
    const top = Math.min(MARGIN, Math.max(0, (clientHeight - height * scale) / 2));
    const set = { "--page-width": width, "--page-height": height, "--page-left": left, "--page-top": top };
    for (const [name, value] of Object.entries(set)) this.screen.style.setProperty(name, `${value}px`);
    this.screen.style.setProperty("--page-scale", String(scale));
  }

  /** A desktop window is as high as there is room for, because its height is unknown. */
  #measured(way, roomWidth, roomHeight) {
    const { kind, width, height } = this.#device;
    if (kind === "desktop") {
      const scale = way === "full" ? 1 : Math.min(1, roomWidth / width);
      return { width, height: roomHeight / scale, scale };
    }
    const [across, down] = way === "turned" ? [height, width] : [width, height];
    const fits = Math.min(1, roomWidth / across, (roomHeight - 2 * MARGIN) / down);
    const zoom = this.#width ? across / this.#width : 1;
    return { width: across / zoom, height: down / zoom, scale: (way === "full" ? 1 : fits) * zoom };
  }
}
