// The state: what the templates of a page read, as a tree, and what changed since their last render.

import { clock, element } from "./common.js";
import { copyButton } from "./copy.js";
import { isOf, UNDER } from "./source.js";
import { addressOf, madeBy, renders, say, PanelData } from "./panel_data.js";

const MANY = 100; // children that are shown at once
const FOUND = 200; // search results that are shown
const NOTHING = "—";

export class State {
  #data;
  #frame = "";
  #step = -1;

  /** @param line returns the timeline. @param chosen the clicked value. @param onChoose called after a click.
   * @param onSource called to show the template line that produced what was clicked on the page. */
  constructor(section, responses, root, line, chosen, onChoose, onSource) {
    this.section = section;
    this.onSource = onSource;
    this.root = root;
    this.line = line;
    this.chosen = chosen;
    this.onChoose = onChoose;
    this.words = ""; // the search words
    this.only = false; // show only changed values; kept between moments
    this.#data = new PanelData(section, responses, (found) => this.#draw(found));
  }

  async show(moment) {
    const { chosen } = this;
    const step = madeBy(moment, this.line(), chosen);
    if (step !== this.#step) this.#frame = "";
    if (chosen.at === moment.index) this.#frame = chosen.frame;
    this.#step = step;
    await this.#ask();
    if (chosen.at === moment.index) this.section.querySelector(".chosen")?.scrollIntoView({ block: "center" });
  }

  /** Unfold the value that was clicked on the page when the state is shown next. */
  reveal() {
    this.words = "";
    this.only = false;
    this.forget();
  }

  forget() {
    this.#data.forget();
  }

  #ask() {
    return this.#data.ask(addressOf(this.root, "state", this.line(), this.#step, this.#frame), "No template was rendered for this.");
  }

  #draw(found) {
    if (found.frame < 0) return say("No template was rendered for this.");
    this.found = { changes: [], visible: [], ...found, reads: inOrder(found.reads ?? []) };
    this.visible = withOwners(this.found.visible);
    this.within = withOwners(this.found.changes.map(({ path }) => path), false);
    this.changed = new Map(this.found.changes.map((change) => [change.path, change]));
    this.body = element("div", "values");
    this.#fill();
    const menu = renders(found.frames, found.frame, (number) => { this.#frame = number; this.#ask(); });
    const notes = [found.problem, ...found.notes, ...found.missing.map((path) => `not in the recording: ${path}`)].filter(Boolean);
    return [menu, this.#clicked(), this.#controls(), ...notes.map((note) => say(note, "bad")), this.body].filter(Boolean);
  }

  /** Show which line of which template produced what was clicked on the page. */
  #clicked() {
    const { at, step, frame, path, origin } = this.chosen;
    if (!(at >= 0) || step !== this.#step || frame !== this.found.frame) return null;
    const line = Object.assign(element("button", "quiet small", origin), { type: "button", title: "Show the line" });
    line.addEventListener("click", this.onSource);
    return element("p", "clicked", element("code", "", path), line);
  }

  #controls() {
    const search = Object.assign(element("input"), { type: "search", value: this.words, placeholder: "Search values", ariaLabel: "Search values" });
    search.addEventListener("input", () => { this.words = search.value; this.#fill(); });
    const only = Object.assign(element("input"), { type: "checkbox", checked: this.only });
    only.addEventListener("change", () => { this.only = only.checked; this.#fill(); });
    const copy = copyButton("JSON", () => JSON.stringify(this.found.reads, null, 2));
    copy.title = "Copy as JSON";
    return element("div", "controls", search, element("label", "", only, "changes only"), copy);
  }

  #fill() {
    const words = this.words.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.toLowerCase().includes(word));
    if (this.only) this.body.replaceChildren(...this.#changes(has));
    else if (words.length) this.body.replaceChildren(...this.#matches(has));
    else this.body.replaceChildren(this.found.reads.length ? this.#list(this.found.reads, true) : say("The template read nothing."));
  }

  #changes(has) {
    const { since, changes } = this.found;
    if (!since) return [say("This template was not rendered before.")];
    const shown = changes.filter(({ path, before = "", after = "" }) => has(`${path} ${before} ${after}`));
    const rows = shown.map(({ path, before, after }) => element(
      "li", "", this.#pick(path, element("span", "name", path), ": ", element("del", "", before || NOTHING), " → ", element("ins", "", after || NOTHING)),
    ));
    const all = changes.length ? "" : ": nothing has changed";
    return [say(`since ${clock(since.t)}${all}`), element("ul", "flat", ...rows)];
  }

  #matches(has) {
    const found = [];
    const pending = [...this.found.reads].reverse();
    while (pending.length && found.length <= FOUND) {
      const node = pending.pop();
      if (has(`${node.path} ${textOf(node)}`)) found.push(node);
      pending.push(...[...(node.children ?? [])].reverse());
    }
    const rows = found.slice(0, FOUND).map((node) => element("li", "", this.#value(node, node.path)));
    return [
      ...(rows.length ? [element("ul", "flat", ...rows)] : [say("No value matches.")]),
      ...(found.length > FOUND ? [say("And more.")] : []),
    ];
  }

  /** List nodes; children are created when a node is unfolded. */
  #list(nodes, open = false) {
    const list = element("ul");
    const more = (start, end) => {
      list.append(...nodes.slice(start, end).map((node) => this.#node(node, (open && nodes.length === 1) || this.#leads(node))));
      if (nodes.length <= end) return;
      const button = Object.assign(element("button", "quiet small", `${(nodes.length - end).toLocaleString("en")} more`), { type: "button" });
      const item = element("li", "", button);
      button.addEventListener("click", () => { item.remove(); more(end, end + MANY); });
      list.append(item);
    };
    more(0, Math.max(MANY, 1 + nodes.findIndex((node) => this.#leads(node))));
    return list;
  }

  #node(node, open) {
    const item = element("li");
    const { children = [], more = 0 } = node;
    if (!children.length) {
      item.append(this.#value(node, node.name));
      return item;
    }
    const fold = Object.assign(element("button", "fold"), { type: "button", ariaLabel: `What was read of ${node.path}` });
    let inner = null;
    const turn = (unfolded) => {
      fold.setAttribute("aria-expanded", String(unfolded));
      if (unfolded && !inner) {
        inner = this.#list(children);
        if (more) inner.append(element("li", "soft", `${more.toLocaleString("en")} more are not listed`));
        item.append(inner);
      }
      if (inner) inner.hidden = !unfolded;
    };
    fold.addEventListener("click", () => turn(!inner || inner.hidden));
    item.append(fold, this.#value(node, node.name, this.within.has(node.path)));
    turn(open);
    return item;
  }

  /** Show a node on one line. @param within something below it has changed. */
  #value(node, name, within = false) {
    const change = this.changed.get(node.path);
    const type = node.type && !["str", "int", "float", "bool", "NoneType", "None"].includes(node.type) ? node.type : "";
    const length = node.length === undefined ? "" : `${node.length} items`;
    return this.#pick(
      node.path,
      element("span", "name", name), " ",
      element("span", `value ${node.masked ? "masked" : typeof node.value}`, textOf(node)),
      type ? element("span", "type", ` ${type.split(".").at(-1)}`) : null,
      length ? element("span", "type", ` ${length}`) : null,
      node.same ? element("span", "type", ` the same as ${node.same}`) : null,
      change ? element("span", "was", change.before ? ` was ${change.before}` : " new") : null,
      within ? element("span", "was", " ●") : null,
    );
  }

  /** Make the element that marks a value on the page when clicked. */
  #pick(path, ...content) {
    const isVisible = this.visible.has(path);
    const row = element(isVisible ? "button" : "span", "row", ...content);
    row.title = path;
    if (!isVisible) return row;
    row.type = "button";
    row.classList.toggle("chosen", this.#isChosen(path));
    row.ariaPressed = String(this.#isChosen(path));
    row.addEventListener("click", () => {
      const again = this.#isChosen(path);
      Object.assign(this.chosen, { step: this.#step, frame: this.found.frame, path: again ? "" : path, at: -1 });
      for (const other of [...this.body.querySelectorAll(".chosen"), row]) {
        other.classList.toggle("chosen", other === row && !again);
        other.ariaPressed = String(other === row && !again);
      }
      this.onChoose();
    });
    return row;
  }

  /** Whether a node is what was clicked on the page, or contains it. */
  #leads({ path }) {
    const { chosen } = this;
    return chosen.at >= 0 && chosen.step === this.#step && chosen.frame === this.found.frame && isOf(chosen.path, path);
  }

  #isChosen(path) {
    const { chosen } = this;
    return chosen.step === this.#step && chosen.path === path && chosen.frame === this.found.frame;
  }
}

/** Return the values with results of the app's functions last, because names say most. */
function inOrder(reads) {
  const called = ({ name }) => /[(|]/.test(name);
  return [...reads.filter((node) => !called(node)), ...reads.filter(called)];
}

/** Return paths with the paths of everything above them. */
function withOwners(paths, themselves = true) {
  const found = new Set(themselves ? paths : []);
  for (const path of paths) {
    for (let place = 1; place < path.length; place += 1) if (UNDER.includes(path[place])) found.add(path.slice(0, place));
  }
  return found;
}

/** Return a value as text. */
function textOf({ name, value, text, type, truth, masked }) {
  if (value !== undefined && value !== null) return type === "str" && !masked ? `"${value}"` : String(value);
  if (text) return text === name ? "" : text;
  if (type === "None" || type === "undefined" || type?.startsWith("raised ")) return type;
  return truth === false ? "empty" : "";
}
