// The recorded pages in the document: only a few, each in a frame that runs no scripts. The shown page is on top. The
// pages that may be next are below it, already painted.

import { element } from "./common.js";
import { watch } from "./watchdog.js";

const MOST = 3; // pages in the document
const POINTING = 1000; // milliseconds for which the viewer's pointer action in a page counts
const GRACE = 2000; // milliseconds to wait for the images of a page whose text has arrived
const STYLES = 10000; // the same for a page with stylesheets: without them, it would be white

export class Pages {
  #frames = new Map(); // addresses to the data of their frames
  #order = []; // the wanted addresses, the most urgent first
  #shown = "";

  /** @param screen the element that contains the pages. @param onStop called when scripts had to be stopped.
   * @param styled returns a promise of whether the page at an address has stylesheets. */
  constructor(screen, onStop, styled) {
    this.screen = screen;
    this.onStop = onStop;
    this.styled = styled;
    const watch = new PerformanceObserver((list) => list.getEntries().forEach((entry) => this.#arrived(entry)));
    watch.observe({ type: "resource" });
  }

  /** Load pages one after the other. All other loads are cancelled; the shown page stays.
   * @param addresses the most urgent first. @param most the number of pages, including the shown one. */
  want(addresses, most = MOST) {
    this.#order = [...new Set([this.#shown, ...addresses])].filter(Boolean).slice(0, most);
    for (const address of this.#frames.keys()) if (!this.#order.includes(address)) this.#drop(address);
    this.#go();
  }

  /** Whether a page is loaded, possibly hidden. */
  isLoaded(address) {
    return !address || Boolean(this.#frames.get(address)?.loaded);
  }

  /** Wait until a wanted page is loaded; rejects when it is no longer wanted. */
  ready(address) {
    if (this.isLoaded(address)) return Promise.resolve();
    const known = this.#frames.get(address) ?? this.#prepare(address);
    return new Promise((resolve, reject) => { known.waiting.push({ resolve, reject }); });
  }

  /** Show a page, or none for an empty address. */
  show(address) {
    this.#shown = address;
    for (const [other, { frame }] of this.#frames) {
      if (!frame) continue;
      frame.classList.toggle("coming", other !== address);
      frame.inert = other !== address;
    }
    this.screen.classList.toggle("blank", !address);
  }

  /** Put the id of an element into the frame's address. Styles of the page react to it; there is no other access. */
  point(address, id) {
    const known = this.#frames.get(address);
    if (!known?.frame) return;
    known.pointed = performance.now();
    if (isRunning(address)) { // its scripts see another address than this one
      known.frame.contentWindow.postMessage(`replay: show ${id}`, "*");
      return;
    }
    const { srcdoc, src } = known.frame; // in a file that plays by itself, a page has no address
    known.frame.contentWindow.location.replace(`${srcdoc ? "about:srcdoc" : src}#${id}`);
  }

  /** The frame of the shown page, or null. */
  get frame() {
    return this.#frames.get(this.#shown)?.frame ?? null;
  }

  /** Remove pages that may look different now; the shown one stays until another one is shown. */
  forget(matches) {
    for (const address of this.#frames.keys()) if (address !== this.#shown && matches(address)) this.#drop(address);
  }

  #prepare(address) {
    const made = { frame: null, loaded: false, loads: 0, pointed: -POINTING, waiting: [] };
    this.#frames.set(address, made);
    return made;
  }

  /** Start to load the most urgent page; the next one follows when it is loaded. */
  #go() {
    const address = this.#order.find((wanted) => !this.isLoaded(wanted));
    if (!address || this.#frames.get(address)?.frame) return;
    this.#load(address);
  }

  #load(address) {
    const known = this.#frames.get(address) ?? this.#prepare(address);
    const frame = element("iframe", address === this.#shown ? "" : "coming");
    const running = isRunning(address);
    frame.setAttribute("sandbox", running || address.includes("&inspect=") ? "allow-scripts" : "");
    frame.title = "The page as the visitor saw it";
    frame.inert = address !== this.#shown;
    frame.src = address;
    frame.addEventListener("load", () => {
      if (performance.now() - known.pointed < POINTING) return; // some browsers take that for a load
      known.loads += 1;
      if (known.loads > 1) this.#reload(address, frame); // a click navigated away
      else drawn(frame).then(() => this.#settle(address, known));
    });
    known.frame = frame;
    this.screen.append(frame);
    if (running) watch(frame, () => this.#stop());
  }

  #settle(address, known) {
    if (this.#frames.get(address) !== known || known.loaded) return;
    known.loaded = true;
    for (const { resolve } of known.waiting.splice(0)) resolve();
    this.#go();
  }

  /** Note that the text of a page has arrived, or that of an error in its place. @param {any} entry */
  #arrived({ name, responseStatus }) {
    for (const [address, known] of this.#frames) {
      if (new URL(address, location.href).href !== name) continue;
      if (responseStatus >= 400 && address !== this.#shown) {
        this.#refuse(address, responseStatus);
        continue;
      }
      setTimeout(async () => {
        if (known.loaded) return;
        setTimeout(() => this.#settle(address, known), STYLES - GRACE);
        if (!await this.styled(address)) this.#settle(address, known);
      }, GRACE);
    }
  }

  /** Remove all pages with running scripts, because they share a process and one of them is in an endless loop. */
  #stop() {
    for (const address of this.#frames.keys()) {
      if (!isRunning(address)) continue;
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

  /** Remove a page that the server, or a proxy, did not answer. It loads again only when it is wanted again. */
  #refuse(address, status) {
    this.#order = this.#order.filter((wanted) => wanted !== address);
    this.#drop(address, refusal(status));
    this.#go();
  }

  #drop(address, reason = new Error("another page is wanted")) {
    const { frame, waiting } = this.#frames.get(address);
    this.#frames.delete(address);
    frame?.remove();
    for (const { reject } of waiting) reject(reason);
  }
}

/** Return the error of an answer that is not the page. */
export function refusal(status) {
  return new Error(status === 404 ? "it is not there any more" : `the server answered ${status}`);
}

/** Whether the scripts of a page run. */
function isRunning(address) {
  return address.includes("&scripts=");
}

/** Wait until a loaded frame was painted: two frames, as its content may follow later. A hidden tab does not paint. */
async function drawn(frame) {
  for (let times = 0; times < 2 && !document.hidden; times += 1) {
    await new Promise((/** @type {(value?: any) => void} */ resolve) => {
      const observer = new IntersectionObserver(() => {
        observer.disconnect();
        resolve();
      });
      observer.observe(frame);
    });
  }
}
