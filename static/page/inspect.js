// Runs in an inspected page as the only script. It tells the player which marks are at the place of a click, and
// highlights the pieces with marks that the player names. Marks are comments before texts, and attributes of elements;
// see player/origin_marks.py.

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
  const [getAttribute, setAttribute, removeAttribute, rectsOf, scrollIntoView] =
    ["getAttribute", "setAttribute", "removeAttribute", "getClientRects", "scrollIntoView"].map((name) => method(Element, name));
  const parentOf = Function.prototype.call.bind(Object.getOwnPropertyDescriptor(Node.prototype, "parentElement").get);
  let marked = []; // the highlighted elements
  let current = null; // the highlighted text or element
  let known = null; // all pieces; no script changes the page

  /** Return the text at a point, or null. */
  function textAt(x, y) {
    const node = caretPosition?.(document, x, y)?.offsetNode ?? caretRange?.(document, x, y)?.startContainer;
    if (!(node instanceof Text)) return null;
    const within = ({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom;
    return [...rangeOf(node).getClientRects()].some(within) ? node : null;
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

  function rangeOf(text) {
    const range = createRange(document);
    range.selectNodeContents(text);
    return range;
  }

  /** Return the visible texts and elements with marks, in the order of the page. */
  function pieces() {
    if (known) return known;
    known = [];
    const { SHOW_ELEMENT, SHOW_TEXT, SHOW_COMMENT } = NodeFilter;
    const walker = createWalker(document, document, SHOW_ELEMENT | SHOW_TEXT | SHOW_COMMENT);
    let mark = "";
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node instanceof Comment) {
        if (node.data.startsWith(key)) mark = node.data.slice(key.length + 1);
      } else if (node instanceof Text) {
        if (mark && node.data.trim() && rangeOf(node).getClientRects().length) known.push({ node, marks: [mark] });
      } else {
        const marks = getAttribute(node, attribute);
        if (marks && rectsOf(node).length) known.push({ node, marks: marks.split(" ") });
      }
    }
    return known;
  }

  /** Highlight texts and elements. */
  function show(nodes) {
    for (const element of marked) removeAttribute(element, found);
    CSS.highlights?.clear();
    const texts = CSS.highlights ? nodes.filter((node) => node instanceof Text) : [];
    if (texts.length) CSS.highlights.set(key, new Highlight(...texts.map(rangeOf)));
    marked = nodes.filter((node) => !texts.includes(node)).map((node) => (node instanceof Element ? node : parentOf(node)));
    for (const element of marked) setAttribute(element, found, "");
    current = nodes[0] ?? null;
  }

  function reveal(nodes) {
    show(nodes);
    if (current) scrollIntoView(current instanceof Element ? current : parentOf(current), { block: "center", inline: "nearest" });
  }

  /** Send a mark to the player: its three numbers, or none. A full stop at its end means that no value was read for it. */
  function send(mark) {
    parent.postMessage(mark ? mark.split(".").slice(0, 3).map(Number) : [], "*");
  }

  /** Highlight the next or previous piece for which a value was read; after the last comes the first. */
  function walk(by) {
    const read = pieces().filter(({ marks }) => !marks[0].endsWith("."));
    const place = read.findIndex(({ node }) => node === current);
    const next = read.at(place < 0 && by > 0 ? 0 : (Math.max(0, place) + by) % read.length);
    reveal(next ? [next.node] : []);
    send(next?.marks[0]);
  }

  /** Highlight all pieces with some marks. */
  function find(wanted) {
    const met = pieces().filter(({ marks }) => marks.some((mark) => wanted.includes(mark)));
    reveal(met.map(({ node }) => node));
    if (wanted.length && !met.length) send("");
  }

  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    if (data.walk) walk(data.walk);
    else find(data.find);
  });
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "n" && !event.ctrlKey && !event.metaKey && !event.altKey) walk(event.shiftKey ? -1 : 1);
  }, true);
  addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = textAt(event.clientX, event.clientY);
    const element = event.composedPath().find((node) => node instanceof Element && getAttribute(node, attribute) !== null);
    const mark = text && markOf(text);
    show([mark ? text : element ?? text].filter(Boolean));
    send(mark || (element && getAttribute(element, attribute).split(" ")[0]));
  }, true);
  for (const kind of ["submit", "auxclick", "dragstart"]) {
    addEventListener(kind, (event) => event.preventDefault(), true);
  }
})(document.currentScript.dataset.key);
