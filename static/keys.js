// The keys of the player, and the dialog that names them.

import { element } from "./common.js";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "space" };

const KEYS = [ // actions, their keys, and what they do
  ["play", [" ", "k"], "play or pause"],
  ["previous", ["ArrowLeft", "ArrowUp"], "the event before"],
  ["next", ["ArrowRight", "ArrowDown"], "the next event"],
  ["back", ["Shift+ArrowLeft"], "the page before"],
  ["forth", ["Shift+ArrowRight"], "the next page"],
  ["fiveBack", ["j"], "five seconds back"],
  ["fiveOn", ["l"], "five seconds on"],
  ["first", ["Home"], "the first event"],
  ["last", ["End"], "the last event; stay there while the recording goes on"],
  ["faster", ["+", "="], "faster"],
  ["slower", ["-"], "slower"],
  ["idle", ["i"], "skip idle time, or not"],
  ["error", ["e"], "the next error"],
  ["errorBack", ["Shift+e"], "the error before"],
  ["find", ["/"], "find events"],
  ["inspect", ["p"], "click the page to see what made a part of it, or not"],
  ["copy", ["c"], "copy a link to this moment"],
  ["compare", ["v"], "compare with another moment"],
  ["events", ["s"], "show or hide the side"],
  ["full", ["f"], "fill the screen"],
  ["help", ["?"], "these keys"],
];

/** Bind the keys. @param actions by their names. @param dialog names the keys. */
export function bindKeys(actions, dialog) {
  const byKey = new Map(KEYS.flatMap(([name, keys]) => keys.map((key) => [key, actions[name]])));
  list(dialog);
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return; // they have keys of their own
    const shifts = /^(Arrow.*|[a-z])$/i.test(key); // of other signs it depends on the keyboard which need it
    const action = byKey.get(`${event.shiftKey && shifts ? "Shift+" : ""}${key.length === 1 ? key.toLowerCase() : key}`);
    if (!action) return;
    if (key === " " && target.matches("button, a, summary") && !target.closest("#events")) return; // it clicks them
    if (/^Arrow(Up|Down)$/.test(key) && !target.closest("#events")) return; // these scroll
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
  const [last, ...held] = key.split(/\+(?=.)/).reverse();
  return [...held.map((name) => name.toLowerCase()), NAMES[last] ?? last].join(" ");
}

/** Let a button that was clicked with the mouse go, so that space plays: who came by the tab key clicks it with that.
 * A click into the page would take the keys with it, so it gives them back, too; who goes there with the tab key, which
 * is still down then, keeps them, to scroll. */
export function giveBackKeys(frame) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
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
