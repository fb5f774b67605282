// The stage: the recorded page, its address and its verdict. They change together when the new page is loaded. Until
// then, all of them belong to the previous page.

import { element, keyOf } from "./common.js";
import { Pages, refusal } from "./pages.js";
import { report, worded } from "./report.js";
import { tree } from "./panel.js";

const CURSOR = "flask-replay-cursor"; // the id of the cursor in a page that is left
const REFUSED = [401, 403, 404]; // statuses of a verdict that the viewer may not see; nor the page, whatever it shows
const LATE = 3000; // milliseconds that a page waits for its verdict; afterwards it is shown without one

/** What is shown for a step, and where the server has it. */
export class Scene {
  /** @param place the address of the recording, and a random word of this window, under which pages are cached.
   * @param line the steps. @param index the step. @param tab the shown tab. @param as the templates, or "dom". */
  constructor({ root, window }, line, index, tab, as) {
    this.index = index;
    this.page = line.pageAt(index, tab);
    const step = line.steps[index];
    const source = line.steps[Math.max(0, this.page < 0 ? index : this.page)];
    this.both = Boolean(source.both);
    this.as = this.both && as.dom ? "dom" : as.templates;
    this.host = source.host ?? "";
    this.at = source.at ?? source.url ?? "";
    this.own = this.page === index; // the step's own response is shown
    this.showsData = step.shows === "data";
    const key = keyOf(line.steps[this.page]);
    const question = `as=${this.as}${key && `&${key}`}`;
    const perWindow = key || this.as === "now" ? "" : `&window=${window}`; // all others may change soon
    this.plain = this.page < 0 ? "" : `${root}/page/${this.page}?${question}${perWindow}`;
    const running = as.scripts && this.as === "then" ? "&scripts=1" : "";
    const inspecting = as.inspect && this.as === "then" ? "&inspect=1" : "";
    this.address = this.plain && `${this.plain}${running || inspecting}`;
    this.verdict = this.page < 0 ? "" : `${root}/verdict/${this.page}.json?${question}`;
    const own = keyOf(step);
    this.details = `${root}/step/${index}.json${own && `?${own}`}`;
    this.way = this.own ? `${root}/way/${index}.json?${own || question}` : ""; // how the visitor came to the page
  }

  /** The addresses of the data that it needs. */
  get dataAddresses() {
    return [this.verdict, this.details, this.way].filter(Boolean);
  }

  /** The address of the same page as it was left for another step. */
  leaving(index) {
    return `${this.address}&to=${index}`;
  }

  /** The address of the same page with a value of one of its frames marked. */
  marking({ frame, path }) {
    return `${this.plain}&frame=${frame}&mark=${encodeURIComponent(path)}`;
  }
}

export class Stage {
  /** @param responses the cache of responses. @param view the elements. @param onMissing called with what a page lacks.
   * @param onStop called when the scripts of a page had to be stopped. */
  constructor(root, responses, view, onMissing, onStop) {
    this.responses = responses;
    this.view = view;
    this.onMissing = onMissing;
    this.scene = null;
    this.verdict = null;
    this.left = null; // the shown page as it was left, and its own address
    this.pages = new Pages(view.screen, onStop, (address) => this.#isStyled(address));
    this.verdicts = new Map(); // addresses of prepared pages to those of their verdicts
    view.verdict.addEventListener("click", () => report(view.report, this.verdict, this.scene.as === "now"));
    // A link with its own target may still navigate the frame to another page of the site, so only pages of this
    // recording may be shown. Only this script knows the address, because a proxy may hide it from the server.
    const policy = element("meta");
    policy.httpEquiv = "Content-Security-Policy";
    const places = ["page", "piece"].map((name) => new URL(`${root}/${name}/`, location.href));
    const insideFile = location.protocol.startsWith("http") ? "" : " data: blob:"; // in a saved file, pages are inside the file
    policy.content = `frame-src ${places.join(" ")}${insideFile}`;
    document.head.append(policy);
  }

  /** Prepare a scene, then others; loads for anything else are cancelled.
   * @param leaving the address of its page as it will be left, if known. */
  prepare(scene, ahead, leaving = "") {
    const pieces = this.view.beside.querySelectorAll("iframe").length;
    this.pages.want([this.#page(scene), leaving, ...ahead.map(({ address }) => address)], 3 - pieces);
    this.verdicts = new Map([scene, ...ahead].map((one) => [this.#page(one), one.verdict]));
    this.responses.need([scene, ...ahead].flatMap(({ dataAddresses }) => dataAddresses));
    if (this.pages.isLoaded(this.#page(scene))) this.#prefetch(ahead);
  }

  /** Whether a scene could be shown at once. */
  isReady(scene) {
    return this.pages.isLoaded(this.#page(scene)) && (!scene.verdict || this.responses.has(scene.verdict));
  }

  /** Show what the visitor did before they left the shown page, or the marked value, if it is prepared.
   * @param id the id of the element to show. */
  leave(address, id = CURSOR) {
    if (this.left?.address === address || !this.pages.isLoaded(address)) return;
    this.left = { of: this.scene.address, address };
    this.pages.show(address);
    this.pages.point(address, id);
  }

  /** Show pages as they arrived, not as they were left. */
  showAsArrived() {
    this.left = null;
  }

  /** Whether a prepared page has stylesheets. */
  async #isStyled(address) {
    const verdict = this.verdicts.get(address);
    const found = verdict ? await this.responses.get(verdict).catch(() => null) : null;
    return Boolean(found?.data?.styled);
  }

  /** Return the address of a scene's page in its present form. */
  #page({ address }) {
    return address && this.left?.of === address ? this.left.address : address;
  }

  /** Show what is being waited for; "" for nothing. */
  busy(word) {
    if (word) document.body.dataset.loading = word;
    else delete document.body.dataset.loading;
    this.view.screen.setAttribute("aria-busy", String(Boolean(word)));
  }

  /** Wait until the page of a scene is loaded, and for the server's data about it.
   * @param patience milliseconds to wait, once the page is loaded, for the details of its step, and how the visitor came
   * to it.
   * @returns its verdict, `null` if it has none; the details, if they arrived; and a promise of them.
   * Rejects when the page cannot be shown, or is no longer wanted. */
  async ready(scene, patience) {
    const verdict = scene.verdict ? this.responses.get(scene.verdict) : null;
    verdict?.catch(() => {}); // the code below that awaits it handles the error
    const late = Promise.all([scene.details, scene.way].map((address) => address && this.responses.get(address).catch(() => null)));
    const page = this.pages.ready(this.#page(scene));
    let unwanted = false;
    page.catch(() => { unwanted = true; }); // by now, the same page may be loading for another wish
    const verdictInTime = Promise.race([verdict, page.then(() => pause(LATE))]);
    const detailsInTime = Promise.race([late, page.then(() => pause(patience))]);
    try {
      const [found, details] = await Promise.all([verdictInTime, detailsInTime, page]);
      if (REFUSED.includes(found?.status)) throw refusal(found.status);
      return { verdict: found?.data ?? null, details, late };
    } catch (error) {
      if (!unwanted) this.#removePage(scene);
      throw error;
    }
  }

  /** Show a scene that is ready. */
  show(scene, verdict) {
    const { view } = this;
    const stays = scene.address === this.scene?.address && !scene.way;
    this.scene = scene;
    this.pages.show(this.#page(scene));
    if (!stays) view.way.textContent = "";
    view.url.replaceChildren(element("span", "", scene.host), element("b", "", scene.at));
    view.url.title = `${scene.host}${scene.at}`;
    view.other.hidden = !scene.both;
    view.other.textContent = scene.as === "dom" ? "show the screenshot" : "show the DOM";
    this.#showVerdict(verdict);
    this.#aside(null);
    if (scene.own && verdict?.beside) this.#aside(verdict.note, this.#piece(scene));
    if (!verdict && scene.verdict) this.#showLateVerdict(scene);
  }

  /** Show how the visitor came to the page, and the data of the step. */
  describe(scene, details, way) {
    if (way) this.view.way.textContent = wayText(way);
    if (way?.fragment && scene.own) this.pages.point(this.#page(scene), way.fragment);
    if (scene.showsData && details) this.#aside("a script of the page asked for data", element("div", "data", tree(details.data.data)));
  }

  #showVerdict(verdict) {
    const { view } = this;
    this.verdict = verdict;
    view.verdict.hidden = !verdict;
    view.piece.hidden = !verdict || verdict.whole;
    this.onMissing(verdict);
    if (!verdict) return;
    const { text, hint } = worded(verdict, this.scene.as === "now");
    view.verdict.dataset.state = verdict.state;
    view.verdict.textContent = text;
    view.verdict.title = hint;
  }

  /** Show the verdict when it arrives, if the page is still shown. */
  async #showLateVerdict(scene) {
    const found = await this.responses.get(scene.verdict).catch(() => null);
    if (this.scene === scene && found?.data) this.#showVerdict(found.data);
  }

  /** Request what will be needed soon. */
  #prefetch(scenes) {
    for (const scene of scenes) {
      for (const address of scene.dataAddresses) this.responses.get(address).catch(() => this.#removePage(scene));
    }
  }

  /** Remove a page that the server may not have answered, because its frame shows an error of the browser. */
  #removePage({ address }) {
    this.pages.forget((known) => known === address);
  }

  #piece(scene) {
    const frame = element("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = "What a script of the page received";
    frame.src = scene.address.replace("/page/", "/piece/");
    return frame;
  }

  /** Show something beside the page. */
  #aside(note, ...content) {
    const { beside } = this.view;
    beside.hidden = !content.length;
    beside.replaceChildren(...(content.length ? [element("p", "", element("b", "", "Received"), ` ${note}`), ...content] : []));
  }
}

/** Return how the visitor came to a page, in words. */
function wayText({ kind, says }) {
  if (kind === "field") return `typed into “${says}”`;
  return says ? `${kind} “${says}”` : kind;
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
