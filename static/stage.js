// The recorded page, and the verdict on it.

import { element, load } from "./common.js";
import { tree } from "./panel.js";

const PATIENCE = 400; // milliseconds that the page before may stay while the next one loads

const NOW = {
  identical: "same as then",
  redacted: "same but for redacted values",
  ignored: "same but for ignored parts",
  different: "changed since then",
};
const MEANING = {
  identical: "Rendered again, this is byte for byte what the visitor was sent.",
  redacted: "Rendered again, this is byte for byte what the visitor was sent, but for values that the sanitizer took out.",
  ignored: "Rendered again, this is byte for byte what the visitor was sent, but for parts that the template keeps out of recordings.",
  different: "Rendered again, this is not what the visitor was sent. Of that only a digest is kept, so there is no text to compare with.",
  unrecorded: "A template of this page was left to the app's own code, and nothing of what it gave is kept.",
  unfinished: "The render was not finished when it was recorded, so there is nothing to compare with.",
  snapshot: "The program that made this recording took this. It is shown as it was taken; nothing in it runs.",
  literal: "No template made this page: its text itself is in the recording.",
  broken: "The recording does not hold all that this page needs.",
  incomplete: "The recording does not hold all of this page.",
};

export class Stage {
  /** @param root the address of the recording; @param view the elements; @param onMissing told of what a page lacks. */
  constructor(root, view, onMissing) {
    this.root = root;
    this.view = view;
    this.onMissing = onMissing;
    this.shown = null;
    this.frame = null;
    this.verdict = null;
    view.verdict.addEventListener("click", () => this.report());
    // A link with a target of its own may still lead the frame elsewhere on the site: only pages of
    // this recording may be shown. The address is known here alone: a proxy may hide it from the server.
    const policy = element("meta");
    policy.httpEquiv = "Content-Security-Policy";
    const places = ["page", "piece"].map((name) => new URL(`${root}/${name}/`, location.href));
    policy.content = `frame-src ${places.join(" ")}`;
    document.head.append(policy);
  }

  /** Show a step's page, or nothing for a number below zero; a key names it better where it has one. What came with
   * it is shown while it is the current step. */
  show(number, as, key, current) {
    const question = `as=${as}${key && `&${key}`}`;
    const address = number < 0 ? "" : `${this.root}/page/${number}?${question}`;
    this.aside(null);
    this.current = current;
    if (address === this.shown) {
      if (this.verdict) this.asideOf(address, this.verdict);
      return;
    }
    this.verdict = null;
    this.shown = address;
    this.view.verdict.hidden = true;
    this.view.piece.hidden = true;
    this.onMissing(null);
    this.open(address);
    if (address) this.judge(address, `${this.root}/verdict/${number}.json?${question}`, as);
  }

  /** Put the page above the one before, which goes when this one is there: nothing flashes. */
  open(address) {
    const frame = element("iframe", "coming");
    frame.setAttribute("sandbox", "");
    frame.title = "The page as the visitor saw it";
    if (address) frame.src = address;
    const settle = () => {
      if (frame !== this.frame) return;
      frame.classList.remove("coming");
      for (const other of [...this.view.screen.children]) if (other !== frame) other.remove();
    };
    let loads = 0;
    frame.addEventListener("load", () => {
      loads += 1;
      settle();
      if (loads > 1 && frame === this.frame) this.open(address); // a click led it away
    });
    this.frame = frame;
    this.view.screen.append(frame);
    setTimeout(settle, PATIENCE);
  }

  /** Ask for the verdict; late answers about another page are of no interest. */
  async judge(address, question, as) {
    const found = await load(question);
    if (!found || this.shown !== address) return;
    const now = as === "now";
    this.verdict = { ...found, now };
    this.asideOf(address, found);
    this.view.verdict.hidden = false;
    this.view.verdict.dataset.state = found.state;
    this.view.verdict.textContent = (now && NOW[found.state]) || found.text;
    this.view.verdict.title = now && NOW[found.state] ? "Compared with what the visitor was sent" : MEANING[found.state];
    this.view.piece.hidden = found.whole;
    this.onMissing(found);
  }

  /** Show beside the page what a script got, if it has no place on it. */
  asideOf(address, found) {
    if (!this.current || !found.beside) return;
    const frame = element("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = "What a script of the page got";
    frame.src = address.replace("/page/", "/piece/");
    this.aside(found.note, frame);
  }

  /** Show beside the page the data that a step brought. */
  async receive(number, key) {
    const shown = this.shown;
    const found = await load(`${this.root}/step/${number}.json?${key}`);
    if (found && this.shown === shown) this.aside("a script of the page asked for data", element("div", "data", tree(found.data.data)));
  }

  /** Show something beside the page; nothing takes it away. */
  aside(note, ...content) {
    this.view.beside.hidden = !content.length;
    this.view.beside.replaceChildren(...(content.length ? [element("p", "", element("b", "", "Received"), ` ${note}`), ...content] : []));
  }

  /** Explain the verdict, with all there is to show for it. */
  report() {
    const { state, text, now, problem, missing, diff } = this.verdict;
    this.view.report.querySelector("h2").textContent = (now && NOW[state]) || text;
    const meaning = now && NOW[state] ? "Rendered with the templates of today, and compared with what the visitor was sent." : MEANING[state];
    const parts = [element("p", "", meaning)];
    if (problem) parts.push(element("p", "bad", problem));
    if (missing.length) parts.push(element("p", "", `Not in the recording: ${missing.join(", ")}`));
    if (diff) parts.push(element("pre", "diff", ...diff.split("\n").map(line)));
    this.view.report.querySelector("#report-text").replaceChildren(...parts);
    this.view.report.showModal();
  }
}

function line(text) {
  const kind = { "+": "added", "-": "removed", "@": "place" }[text[0]] ?? "";
  return element("span", kind, `${text}\n`);
}
