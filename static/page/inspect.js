// Runs in an inspected page as the only script. It tells the player which marks are at the place of a click. Marks are
// comments before texts, and attributes of elements; see player/origin_marks.py.

((key) => {
  "use strict";
  if (window === top) return; // there is no player to receive messages
  const attribute = `data-${key}`;
  const found = `${attribute}-found`;

  // A page may have a form named "createRange", or a field named "getAttribute", which hides the method of that name of
  // the document or the form. So methods are taken from the prototypes, before the page's own elements exist.
  const method = (owner, name) => owner.prototype[name] && Function.prototype.call.bind(owner.prototype[name]);
  const [caretPosition, caretRange, createRange, createWalker] =
    ["caretPositionFromPoint", "caretRangeFromPoint", "createRange", "createTreeWalker"].map((name) => method(Document, name));
  const [getAttribute, setAttribute, removeAttribute] = ["getAttribute", "setAttribute", "removeAttribute"].map((name) => method(Element, name));
  let marked = null; // the highlighted element

  /** Return the text at a point, or null. */
  function textAt(x, y) {
    const node = caretPosition?.(document, x, y)?.offsetNode ?? caretRange?.(document, x, y)?.startContainer;
    if (!(node instanceof Text)) return null;
    const range = createRange(document);
    range.selectNodeContents(node);
    const within = ({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom;
    return [...range.getClientRects()].some(within) ? node : null;
  }

  /** Return the mark of a text, which is the last one before it; "" if there is none. */
  function markOf(text) {
    const comments = createWalker(document, document, NodeFilter.SHOW_COMMENT);
    comments.currentNode = text;
    while (comments.previousNode()) {
      const { data } = /** @type {Comment} */ (comments.currentNode);
      if (data.startsWith(key)) return data.slice(key.length + 1);
    }
    return "";
  }

  /** Highlight the clicked element. */
  function show(text, element) {
    if (marked) removeAttribute(marked, found);
    marked = null;
    CSS.highlights?.clear();
    if (text && CSS.highlights) {
      const range = createRange(document);
      range.selectNodeContents(text);
      CSS.highlights.set(key, new Highlight(range));
    } else if (element) setAttribute((marked = element), found, "");
  }

  addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = textAt(event.clientX, event.clientY);
    const element = event.composedPath().find((node) => node instanceof Element && getAttribute(node, attribute) !== null);
    const mark = (text && markOf(text)) || (element && getAttribute(element, attribute).split(" ")[0]);
    show(text, element);
    parent.postMessage(mark ? mark.split(".").map(Number) : [], "*");
  }, true);
  for (const kind of ["submit", "auxclick", "dragstart"]) {
    addEventListener(kind, (event) => event.preventDefault(), true);
  }
})(document.currentScript.dataset.key);
