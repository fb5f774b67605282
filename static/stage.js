// The stage: the recorded page, its address and the verdict on it. They change together, when the new page stands
// there; until then all of them are those of the page before.

import { element, keyOf } from "./common.js";
import { Pages } from "./pages.js";
import { report, worded } from "./report.js";
import { tree } from "./panel.js";

const CURSOR = "flask-replay-cursor"; // in a page that is left
const LATE = 3000; // milliseconds that a page waits for its verdict: without one it has no seal, until that comes

/** What is to be seen at a step, and where the server has it. */
export class Scene {
  /** @param place the recording's address, and a word that only this window knows: under it pages are remembered.
   * @param line the steps. @param index the step. @param tab the one to be seen. @param as which templates, or "dom". */
  constructor({ root, window }, line, index, tab, as) {
    this.index = index;
    this.page = line.pageAt(index, tab);
    const step = line.steps[index];
    const source = line.steps[Math.max(0, this.page < 0 ? index : this.page)];
    this.both = Boolean(source.both);
    this.as = this.both && as.dom ? "dom" : as.templates;
    this.host = source.host ?? "";
    this.at = source.at ?? source.url ?? "";
    this.own = this.page === index; // what came with the step is what is to be seen
    this.brought = step.shows === "data";
    const key = keyOf(line.steps[this.page]);
    const question = `as=${this.as}${key && `&${key}`}`;
    const kept = key || this.as === "now" ? "" : `&window=${window}`; // all others may look otherwise soon
    this.plain = this.page < 0 ? "" : `${root}/page/${this.page}?${question}${kept}`;
    const running = as.scripts && this.as === "then" ? "&scripts=1" : "";
    const asked = as.inspect && this.as === "then" ? "&inspect=1" : "";
    this.address = this.plain && `${this.plain}${running || asked}`;
    this.verdict = this.page < 0 ? "" : `${root}/verdict/${this.page}.json?${question}`;
    const own = keyOf(step);
    this.details = `${root}/step/${index}.json${own && `?${own}`}`;
    this.way = this.own ? `${root}/way/${index}.json?${own || question}` : ""; // how the visitor came to the page
  }

  /** Where the data are that it is made of. */
  get answers() {
    return [this.verdict, this.details, this.way].filter(Boolean);
  }

  /** Where the same page is, as it was left for that of another step. */
  leaving(index) {
    return `${this.address}&to=${index}`;
  }

  /** Where the same page is, with what one of its frames read marked. */
  marking({ frame, path }) {
    return `${this.plain}&frame=${frame}&mark=${encodeURIComponent(path)}`;
  }
}

export class Stage {
  /** @param kept answers of the server. @param view the elements. @param onMissing told of what a page lacks.
   * @param onStop told when scripts of a page had to be stopped. */
  constructor(root, kept, view, onMissing, onStop) {
    this.kept = kept;
    this.view = view;
    this.onMissing = onMissing;
    this.scene = null;
    this.verdict = null;
    this.left = null; // the page that is shown as it was left, and its own address
    this.pages = new Pages(view.screen, onStop);
    view.verdict.addEventListener("click", () => report(view.report, this.verdict, this.scene.as === "now"));
    // A link with a target of its own may still lead the frame elsewhere on the site: only pages of
    // this recording may be shown. The address is known here alone: a proxy may hide it from the server.
    const policy = element("meta");
    policy.httpEquiv = "Content-Security-Policy";
    const places = ["page", "piece"].map((name) => new URL(`${root}/${name}/`, location.href));
    const held = location.protocol.startsWith("http") ? "" : " data:"; // on a disk, a page's drawings are in it
    policy.content = `frame-src ${places.join(" ")}${held}`;
    document.head.append(policy);
  }

  /** Have a scene prepared, then others; loads for anything else are cancelled.
   * @param leaving the address of its page as it will be left, if that is known. */
  prepare(scene, ahead, leaving = "") {
    const pieces = this.view.beside.querySelectorAll("iframe").length;
    this.pages.want([this.#page(scene), leaving, ...ahead.map(({ address }) => address)], 3 - pieces);
    this.kept.need([scene, ...ahead].flatMap(({ answers }) => answers));
    if (this.pages.stands(this.#page(scene))) this.#ask(ahead);
  }

  /** Whether a scene could be shown at once. */
  stands(scene) {
    return this.pages.stands(this.#page(scene)) && (!scene.verdict || this.kept.has(scene.verdict));
  }

  /** Show what the visitor did before they left the page that is shown, or what is marked in it, if it is prepared.
   * @param id of what is to be seen in it. */
  leave(address, id = CURSOR) {
    if (this.left?.address === address || !this.pages.stands(address)) return;
    this.left = { of: this.scene.address, address };
    this.pages.show(address);
    this.pages.point(address, id);
  }

  /** Show pages as they came. */
  come() {
    this.left = null;
  }

  /** Where the page of a scene is, as it is to be seen now. */
  #page({ address }) {
    return address && this.left?.of === address ? this.left.address : address;
  }

  /** Show that something is awaited; "" for nothing. */
  busy(word) {
    if (word) document.body.dataset.loading = word;
    else delete document.body.dataset.loading;
    this.view.screen.setAttribute("aria-busy", String(Boolean(word)));
  }

  /** Wait until the page of a scene stands there, and what the server says of it.
   * @param patience milliseconds that one waits for what its step holds, and how the visitor came to it.
   * @returns its verdict, `null` where there is none; that, if it came; and a promise of it.
   * Fails when the page cannot be shown, or is no longer wanted. */
  async ready(scene, patience) {
    const verdict = scene.verdict ? this.kept.get(scene.verdict) : null;
    verdict?.catch(() => {}); // whoever waits for it below hears of it
    const late = Promise.all([scene.details, scene.way].map((address) => address && this.kept.get(address).catch(() => null)));
    const page = this.pages.ready(this.#page(scene));
    const asked = Promise.race([verdict, page.then(() => pause(LATE))]);
    try {
      const [found, told] = await Promise.all([asked, Promise.race([late, pause(patience)]), page]);
      if (found?.status !== 404) return { verdict: found?.data ?? null, told, late };
    } catch (error) {
      this.#leave(scene);
      throw error;
    }
    this.#leave(scene);
    throw new Error("it is not there any more");
  }

  /** Show a scene that is ready. */
  show(scene, verdict) {
    const { view } = this;
    const stays = scene.address === this.scene?.address && !scene.way;
    this.scene = scene;
    this.pages.show(this.#page(scene));
    if (!stays) view.way.textContent = "";
    view.url.replaceChildren(scene.host, element("b", "", scene.at));
    view.url.title = `${scene.host}${scene.at}`;
    view.other.hidden = !scene.both;
    view.other.textContent = scene.as === "dom" ? "show the screenshot" : "show the DOM";
    this.#seal(verdict);
    this.#aside(null);
    if (scene.own && verdict?.beside) this.#aside(verdict.note, this.#piece(scene));
    if (!verdict && scene.verdict) this.#sealLate(scene);
  }

  /** Say how the visitor came to the page, and show what data the step brought. */
  tell(scene, details, way) {
    if (way) this.view.way.textContent = told(way);
    if (scene.brought && details) this.#aside("a script of the page asked for data", element("div", "data", tree(details.data.data)));
  }

  #seal(verdict) {
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

  /** Give the page its seal when the verdict comes, if it is still there then. */
  async #sealLate(scene) {
    const found = await this.kept.get(scene.verdict).catch(() => null);
    if (this.scene === scene && found?.data) this.#seal(found.data);
  }

  /** Ask ahead for what will be needed. */
  #ask(scenes) {
    for (const scene of scenes) {
      for (const address of scene.answers) this.kept.get(address).catch(() => this.#leave(scene));
    }
  }

  /** Let the page of a scene go that the server may not have answered: its frame shows the browser's own words then. */
  #leave({ address }) {
    this.pages.forget((known) => known === address);
  }

  #piece(scene) {
    const frame = element("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = "What a script of the page got";
    frame.src = scene.address.replace("/page/", "/piece/");
    return frame;
  }

  /** Show something beside the page; nothing takes it away. */
  #aside(note, ...content) {
    const { beside } = this.view;
    beside.hidden = !content.length;
    beside.replaceChildren(...(content.length ? [element("p", "", element("b", "", "Received"), ` ${note}`), ...content] : []));
  }
}

/** Say how the visitor came to a page. */
function told({ kind, says }) {
  if (kind === "field") return `typed into “${says}”`;
  return says ? `${kind} “${says}”` : kind;
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
