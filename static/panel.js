// The list of events, and everything that the current one holds.

import { clock, element, load } from "./common.js";

const NAMES = { url: "URL", duration_ms: "Took", mimetype: "Type", view_args: "View arguments", json: "JSON" };

export class Panel {
  /** @param root the address of the recording; @param view the elements; @param onChoose told of the chosen step. */
  constructor(root, view, onChoose) {
    this.root = root;
    this.view = view;
    this.onChoose = onChoose;
    this.buttons = [];
    this.current = -1;
    this.missing = element("div", "block");
    for (const tab of view.side.querySelectorAll(".tabs button")) {
      tab.addEventListener("click", () => {
        view.side.dataset.tab = tab.dataset.tab;
        for (const other of view.side.querySelectorAll(".tabs button")) other.setAttribute("aria-pressed", String(other === tab));
      });
    }
  }

  /** List the steps, each with its frames and errors under it. */
  list(steps) {
    this.buttons = [];
    const rows = steps.map((step, index) => {
      const button = element(
        "button", "",
        element("span", "at", clock(step.t)),
        element("span", "method", step.method ?? ""),
        element("span", "path", step.url ?? ""),
        element("span", step.status >= 400 ? "status bad" : "status", String(step.status ?? "")),
      );
      button.type = "button";
      button.tabIndex = -1; // one stop for the tab key: the current one
      button.addEventListener("click", () => this.onChoose(index));
      this.buttons.push(button);
      for (const name of step.frames ?? []) button.append(element("span", "under", name));
      if (step.redirect) button.append(element("span", "under", `to ${step.redirect}`));
      for (const error of step.errors ?? []) button.append(element("span", "under bad", error));
      return element("li", step.page ? "" : "pageless", button);
    });
    this.view.events.replaceChildren(...rows);
    this.current = -1;
  }

  /** Mark a step as the current one and show what it holds. */
  show(index) {
    const focused = document.activeElement === this.buttons[this.current] && this.current >= 0;
    this.#mark(this.current, false);
    this.#mark(index, true);
    this.current = index;
    if (focused) this.buttons[index]?.focus({ preventScroll: true });
    this.#reveal(this.buttons[index]);
    this.#describe(index);
  }

  /** Tell what the page on the screen asked for and the recording does not hold. */
  lacks(found) {
    this.missing.replaceChildren();
    if (!found) return;
    if (found.problem) this.missing.append(heading("This page"), element("p", "bad", found.problem));
    if (!found.missing.length) return;
    this.missing.append(heading("Not in the recording"), element("ul", "", ...found.missing.map((name) => element("li", "", name))));
  }

  #mark(index, on) {
    const button = this.buttons[index];
    if (!button) return;
    button.tabIndex = on ? 0 : -1;
    if (on) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }

  /** Scroll the list alone, and only as far as needed. */
  #reveal(button) {
    if (!button) return;
    const list = this.view.events;
    const [outer, inner] = [list.getBoundingClientRect(), button.getBoundingClientRect()];
    if (inner.top < outer.top) list.scrollTop += inner.top - outer.top - 8;
    else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
  }

  async #describe(index) {
    const found = await load(`${this.root}/step/${index}.json`);
    if (index !== this.current) return; // the viewer has gone on
    this.view.details.replaceChildren(...(found ? describe(found) : []), this.missing);
    this.view.details.scrollTop = 0;
  }
}

function describe({ request, data, frames, errors }) {
  const parts = errors.map((error) => block(heading(error.type, "bad"), element("p", "", error.message), element("pre", "", error.traceback)));
  parts.push(block(facts(request)));
  for (const [name, value] of Object.entries(data)) {
    if (value !== null && Object.keys(value).length !== 0) parts.push(block(heading(label(name)), tree(value)));
    else if (["number", "boolean"].includes(typeof value)) parts.push(block(heading(label(name)), String(value)));
  }
  if (frames.length) parts.push(block(heading("Rendered"), ...frames.map(frame)));
  return parts;
}

function facts(request) {
  const list = element("dl");
  const shown = { ...request, duration_ms: `${request.duration_ms} ms`, size: request.size < 0 ? "" : bytes(request.size) };
  for (const [name, value] of Object.entries(shown)) {
    if (value === "" || value === null || value === undefined) continue;
    list.append(element("dt", "", label(name)), element("dd", "", String(value)));
  }
  return list;
}

function frame(frame) {
  const state = [frame.finished ? "" : "not finished", ...frame.flags].filter(Boolean).join(", ");
  return element(
    "p", "frame",
    element("b", "", frame.template),
    state ? element("span", "bad", ` ${state}`) : null,
    element("span", "soft", ` ${frame.objects} object${frame.objects === 1 ? "" : "s"} read`),
    frame.others.length ? element("span", "others", `with ${frame.others.join(", ")}`) : null,
  );
}

/** Show data of any shape. */
function tree(value) {
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
  return element("h3", className, text);
}

function label(name) {
  return NAMES[name] ?? name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
}

function bytes(count) {
  return count < 1024 ? `${count} bytes` : `${(count / 1024).toFixed(1)} KB`;
}
