// The list of events, and the details of the current one.

import { element } from "./common.js";
import { copyButton } from "./copy.js";
import { EventList } from "./events.js";
import { traceback } from "./traceback.js";

const NAMES = { url: "URL", duration_ms: "Took", mimetype: "Type", literal: "By no template", view_args: "View arguments", json: "JSON", data: "Received" };
const LINKS = new Set(["continues", "continued_as", "parent_demo_id"]);

export class Panel {
  /** @param view the elements; @param onChoose called with the chosen step. */
  constructor(view, onChoose) {
    this.view = view;
    this.events = new EventList(view.events, onChoose);
    this.missing = element("div", "block");
    this.scrolled = false;
    view.details.addEventListener("scroll", () => { this.scrolled = true; });
  }

  /** List the steps with their frames and errors, and with their tabs if there are several. */
  list(steps, tabs, current) {
    this.events.set(steps, tabs, current);
  }

  /** List only some of the steps. @param matches tells which. */
  filter(matches) {
    this.events.filter(matches);
  }

  /** Dim the steps of other tabs; null for none. */
  follow(tab) {
    this.events.follow(tab);
  }

  /** Mark a step as current; its details are shown when they are known. */
  show(index) {
    this.events.mark(index);
    this.describe(null);
  }

  /** Show what the page on the screen read and the recording does not hold. */
  lacks(found) {
    this.missing.replaceChildren();
    if (!found) return;
    if (found.problem) this.missing.append(heading("This page"), element("p", "bad", found.problem));
    if (found.note && !found.beside) this.missing.append(heading("This change"), element("p", "", found.note));
    if (!found.missing.length) return;
    this.missing.append(heading("Not in the recording"), element("ul", "", ...found.missing.map((name) => element("li", "", name))));
  }

  /** Show the details of the current step. */
  describe(found) {
    this.view.details.replaceChildren(...(found ? describe(found) : []), this.missing);
    if (this.scrolled) this.view.details.scrollTop = 0; // setting it forces a layout
    this.scrolled = false;
  }
}

function describe({ request, data, connection, frames, errors, program, curl }) {
  const parts = errors.map((error) => block(heading(error.type, "bad"), element("p", "", error.message), ...traceback(error.traceback)));
  if (request.url !== undefined) parts.push(block(facts(request))); // a job or a program's action has none
  if (Object.keys(program).length) parts.push(block(programFacts(program)));
  if (connection) parts.push(block(heading("Connection"), tree(connection)));
  for (const [name, value] of Object.entries(data)) {
    if (value !== null && Object.keys(value).length !== 0) parts.push(block(heading(label(name)), tree(value)));
    else if (["number", "boolean"].includes(typeof value)) parts.push(block(heading(label(name)), String(value)));
  }
  if (frames.length) parts.push(block(heading("Rendered"), ...frames.map(frame)));
  if (curl) parts.push(block(copyButton("Copy as curl", () => curl)));
  return parts;
}

/** Show what a program reports; recordings that it names become links. */
function programFacts(program) {
  const list = element("dl");
  for (const [name, value] of Object.entries(program)) {
    const shown = typeof value === "string" && LINKS.has(name) ? element("a", "", value) : tree(value);
    if (shown.href === "") shown.href = encodeURIComponent(value);
    list.append(element("dt", "", label(name)), element("dd", "", shown));
  }
  return list;
}

function facts(request) {
  const list = element("dl");
  const shown = { ...request };
  if (request.status !== undefined) shown.duration_ms = `${request.duration_ms} ms`;
  if (request.size !== undefined) shown.size = request.size < 0 ? "" : bytes(request.size);
  if (request.literal !== undefined) shown.literal = request.literal ? `${request.literal.toLocaleString("en")} characters` : "";
  for (const [name, value] of Object.entries(shown)) {
    if (value === "" || value === null || value === undefined) continue;
    list.append(element("dt", "", label(name)), element("dd", "", String(value)));
  }
  return list;
}

function frame(frame) {
  const state = [frame.finished ? "" : "not finished", ...frame.flags.map((flag) => flag.replace(/^unrecorded:/, "not recorded: "))].filter(Boolean).join(", ");
  return element(
    "p", "frame",
    element("b", "", frame.template),
    state ? element("span", "bad", ` ${state}`) : null,
    element("span", "soft", ` ${frame.objects} object${frame.objects === 1 ? "" : "s"} read`),
    frame.others.length ? element("span", "others", `with ${frame.others.join(", ")}`) : null,
  );
}

/** Show data of any shape. */
export function tree(value) {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")) return value.join(", ");
  const list = element("dl", "tree");
  for (const [name, item] of Object.entries(value)) {
    list.append(element("dt", "", name), element("dd", "", tree(item)));
  }
  return list;
}

function block(...children) {
  return element("div", "block", ...children);
}

function heading(text, className = "") {
  return element("h2", className, text);
}

function label(name) {
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  return name.slice(0, 1).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

function bytes(count) {
  return count < 1024 ? `${count} bytes` : `${(count / 1024).toFixed(1)} KB`;
}
