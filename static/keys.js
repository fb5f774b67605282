// The keyboard shortcuts of the player, and the dialog that lists them.

import { element } from "./common.js";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "space" };

/** @type {[string, string[], string][]} */
const KEYS = [ // actions, their keys, and their descriptions
  ["play", [" ", "k"], "play or pause"],
  ["previous", ["ArrowLeft", "ArrowUp"], "the previous event"],
  ["next", ["ArrowRight", "ArrowDown"], "the next event"],
  ["back", ["Shift+ArrowLeft"], "the previous page"],
  ["forth", ["Shift+ArrowRight"], "the next page"],
  ["fiveBack", ["j"], "five seconds back"],
  ["fiveOn", ["l"], "five seconds forward"],
  ["first", ["Home"], "the first event"],
  ["last", ["End"], "the last event; of a running recording, stay at the end"],
  ["faster", ["+", "="], "faster"],
  ["slower", ["-"], "slower"],
  ["idle", ["i"], "skip idle time, or play it"],
  ["error", ["e"], "the next error"],
  ["errorBack", ["Shift+e"], "the previous error"],
  ["find", ["/"], "filter the events"],
  ["inspect", ["p"], "inspect: click a part of the page to see what made it"],
  ["value", ["n"], "the next value on the page, and what made it"],
  ["valueBack", ["Shift+n"], "the previous value"],
  ["copy", ["c"], "copy a link to this moment"],
  ["compare", ["v"], "compare with another moment"],
  ["events", ["s"], "show or hide the list of events"],
  ["full", ["f"], "fill the screen"],
  ["help", ["?"], "show these keys"],
];

/** Bind the keys. @param actions functions by name. @param dialog lists the keys. */
export function bindKeys(actions, dialog) {
  const byKey = new Map(KEYS.flatMap(([name, keys]) => keys.map((key) => [key, actions[name]])));
  list(dialog);
  document.addEventListener("keydown", (event) => {
    const { key } = event;
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return; // they use keys
    const shifts = /^(Arrow.*|[a-z])$/i.test(key); // for other characters, the keyboard decides whether shift is needed
    const action = byKey.get(`${event.shiftKey && shifts ? "Shift+" : ""}${key.length === 1 ? key.toLowerCase() : key}`);
    if (!action) return;
    if (key === " " && target.matches("button, a, summary, [type=checkbox]") && !target.closest("#events")) return; // space clicks these
    if (/^Arrow(Up|Down)$/.test(key) && !target.closest("#events")) return; // these keys scroll
    event.preventDefault();
    action();
  });
}

function list(dialog) {
  const named = element("dl", "keys");
  for (const [, keys, name] of KEYS) {
    const shown = keys.filter((key) => key !== "=").map((key) => element("kbd", "", say(key)));
    named.append(element("dt", "", ...shown), element("dd", "", name));
  }
  dialog.querySelector("div").replaceChildren(named);
}

function say(key) {
  const [last, ...modifiers] = key.split(/\+(?=.)/).reverse();
  return [...modifiers.map((name) => name.toLowerCase()), NAMES[last] ?? last].join(" ");
}

/** Remove the focus from a button or switch after a mouse click, so that space plays. With the tab key the focus stays, and space
 * clicks the button. A click into the page would move the focus there, so it is moved back. After the tab key, which is
 * still down at that time, the page keeps the focus for scrolling. */
export function giveBackKeys(frame) {
  document.addEventListener("click", (event) => {
    /** @type {HTMLElement} */
    const button = /** @type {Element} */ (event.target).closest("button, [type=checkbox], [type=radio]");
    if (event.detail > 0 && button && !button.closest("#events")) button.blur();
  });
  let tabbing = false;
  document.addEventListener("keydown", (event) => { tabbing = event.key === "Tab"; }, true);
  document.addEventListener("keyup", () => { tabbing = false; }, true);
  window.addEventListener("blur", () => {
    const tabbed = tabbing;
    tabbing = false;
    setTimeout(() => {
      if (tabbed || !frame() || document.activeElement !== frame()) return;
      frame().blur();
      window.focus();
    });
  });
}
