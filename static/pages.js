// The recorded pages that are in the document: each in a frame that runs nothing, and only a few. The one that is shown
// lies on top; below it, painted already, are those that may be next.

import { element } from "./common.js";
import { watch } from "./watchdog.js";

const MOST = 3; // pages in the document
const POINTING = 1000; // milliseconds within which a page is pointed into
const GRACE = 2000; // milliseconds that a page is waited for whose text is here, for an image of it that does not come

export class Pages {
  #frames = new Map(); // addresses to what is known of their frames
  #order = []; // the addresses that are wanted, the most urgent first
  #shown = "";

  /** @param screen the element that the pages are in. @param onStop called when a page's scripts had to be stopped. */
  constructor(screen, onStop) {
    this.screen = screen;
    this.onStop = onStop;
    const watch = new PerformanceObserver((list) => list.getEntries().forEach((entry) => this.#arrived(entry.name)));
    watch.observe({ type: "resource" });
  }

  /** Have pages loaded, one after the other. The loads of all others are cancelled, but the page that is shown stays.
   * @param addresses the most urgent first. @param most how many pages there may be, with the one that is shown. */
  want(addresses, most = MOST) {
    this.#order = [...new Set([this.#shown, ...addresses])].filter(Boolean).slice(0, most);
    for (const address of this.#frames.keys()) if (!this.#order.includes(address)) this.#drop(address);
    this.#go();
  }

  /** Whether a page stands there, if out of sight. */
  stands(address) {
    return !address || Boolean(this.#frames.get(address)?.stands);
  }

  /** Wait until a wanted page stands there; fails when it is wanted no more. */
  ready(address) {
    if (this.stands(address)) return Promise.resolve();
    const known = this.#frames.get(address) ?? this.#prepare(address);
    return new Promise((resolve, reject) => { known.waiting.push({ resolve, reject }); });
  }

  /** Bring a page to the top, or none for an empty address. */
  show(address) {
    this.#shown = address;
    for (const [other, { frame }] of this.#frames) {
      if (!frame) continue;
      frame.classList.toggle("coming", other !== address);
      frame.inert = other !== address;
    }
    this.screen.classList.toggle("blank", !address);
  }

  /** Name an element of a page in its frame's address: that is all that can be said to a page, and its styles heed it. */
  point(address, id) {
    const known = this.#frames.get(address);
    if (!known?.frame) return;
    known.pointed = performance.now();
    const { srcdoc, src } = known.frame; // in a file that plays by itself a page has no address
    known.frame.contentWindow.location.replace(`${srcdoc ? "about:srcdoc" : src}#${id}`);
  }

  /** The frame of the page that is shown, or null. */
  get frame() {
    return this.#frames.get(this.#shown)?.frame ?? null;
  }

  /** Let pages go that may look otherwise now; the one that is shown stays until another one is. */
  forget(matches) {
    for (const address of this.#frames.keys()) if (address !== this.#shown && matches(address)) this.#drop(address);
  }

  #prepare(address) {
    const made = { frame: null, stands: false, loads: 0, pointed: -POINTING, waiting: [] };
    this.#frames.set(address, made);
    return made;
  }

  /** Begin the load of the most urgent page that is not there; the next one follows when this one stands. */
  #go() {
    const address = this.#order.find((wanted) => !this.stands(wanted));
    if (!address || this.#frames.get(address)?.frame) return;
    this.#load(address);
  }

  #load(address) {
    const known = this.#frames.get(address) ?? this.#prepare(address);
    const frame = element("iframe", address === this.#shown ? "" : "coming");
    const running = address.includes("&scripts=");
    frame.setAttribute("sandbox", running || address.includes("&inspect=") ? "allow-scripts" : "");
    frame.title = "The page as the visitor saw it";
    frame.inert = address !== this.#shown;
    frame.src = address;
    frame.addEventListener("load", () => {
      if (performance.now() - known.pointed < POINTING) return; // some browsers take that for a load
      known.loads += 1;
      if (known.loads > 1) this.#reload(address, frame); // a click led it away
      else drawn(frame).then(() => this.#settle(address, known));
    });
    known.frame = frame;
    this.screen.append(frame);
    if (running) watch(frame, () => this.#stop());
  }

  #settle(address, known) {
    if (this.#frames.get(address) !== known || known.stands) return;
    known.stands = true;
    for (const { resolve } of known.waiting.splice(0)) resolve();
    this.#go();
  }

  /** Note that the text of a page has come. */
  #arrived(name) {
    for (const [address, known] of this.#frames) {
      if (new URL(address, location.href).href !== name) continue;
      setTimeout(() => this.#settle(address, known), GRACE);
    }
  }

  /** Let go of all pages whose scripts run, for those of one do not end, and they share a process. */
  #stop() {
    for (const address of this.#frames.keys()) {
      if (!address.includes("&scripts=")) continue;
      this.#drop(address);
      if (address === this.#shown) this.#shown = "";
    }
    this.onStop();
  }

  #reload(address, frame) {
    if (this.#frames.get(address)?.frame !== frame) return;
    frame.remove();
    this.#frames.delete(address);
    this.#load(address);
  }

  #drop(address) {
    const { frame, waiting } = this.#frames.get(address);
    this.#frames.delete(address);
    frame?.remove();
    for (const { reject } of waiting) reject(new Error("another page is wanted"));
  }
}

/** Wait until a frame that has loaded was drawn, twice: what it holds may be drawn after it. A hidden tab draws nothing. */
async function drawn(frame) {
  for (let times = 0; times < 2 && !document.hidden; times += 1) {
    await new Promise((resolve) => {
      const observer = new IntersectionObserver(() => {
        observer.disconnect();
        resolve();
      });
      observer.observe(frame);
    });
  }
}
