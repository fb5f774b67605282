// Runs in an inspected page as the only script. It tells the player which marks are at the place of a click. Marks are
// comments before texts, and attributes of elements; see player/origin_marks.py.

((key) => {
  "use strict";
  if (window === top) return; // there is no player to receive messages
  const attribute = `data-${key}`;
  const found = `${attribute}-found`;

  /** Return the text at a point, or null. */
  function textAt(x, y) {
    const node = document.caretPositionFromPoint?.(x, y)?.offsetNode ?? document.caretRangeFromPoint?.(x, y)?.startContainer;
    if (node?.nodeType !== Node.TEXT_NODE) return null;
    const range = document.createRange();
    range.selectNodeContents(node);
    const within = ({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom;
    return [...range.getClientRects()].some(within) ? node : null;
  }

  /** Return the mark of a text, which is the last one before it; "" if there is none. */
  function markOf(text) {
    const comments = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
    comments.currentNode = text;
    while (comments.previousNode()) {
      const { data } = /** @type {Comment} */ (comments.currentNode);
      if (data.startsWith(key)) return data.slice(key.length + 1);
    }
    return "";
  }

  /** Highlight the clicked element. */
  function show(text, element) {
    document.querySelector(`[${found}]`)?.removeAttribute(found);
    CSS.highlights?.clear();
    if (text && CSS.highlights) {
      const range = document.createRange();
      range.selectNodeContents(text);
      CSS.highlights.set(key, new Highlight(range));
    } else element?.setAttribute(found, "");
  }

  addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = textAt(event.clientX, event.clientY);
    const element = /** @type {Element} */ (event.composedPath()[0]).closest?.(`[${attribute}]`);
    const mark = (text && markOf(text)) || element?.getAttribute(attribute).split(" ")[0];
    show(text, element);
    parent.postMessage(mark ? mark.split(".").map(Number) : [], "*");
  }, true);
  for (const kind of ["submit", "auxclick", "dragstart"]) {
    addEventListener(kind, (event) => event.preventDefault(), true);
  }
})(document.currentScript.dataset.key);
