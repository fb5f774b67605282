"""Apply a response to a page as Turbo does: frames, streams, and whole pages that replace the
body.
"""

from __future__ import annotations

from collections.abc import Callable

from turbohtml import Element, Node

from . import dom
from .answer import Answer
from .dom import NoPlace, Tree
from .headers import STREAM

_MISSING = '<strong class="turbo-frame-error">Content missing</strong>'


def apply(tree: Tree, answer: Answer) -> str:
    """Change a page as Turbo did for a response.

    :returns: what is uncertain about the result, or ``""``.
    :raises NoPlace: the page was not changed.
    """
    if "prefetch" in answer.request_header("X-Sec-Purpose"):
        raise NoPlace(
            "loaded ahead, when the visitor pointed at a link; nobody knows whether it was shown"
        )
    if answer.request.mimetype == STREAM:
        note = act(tree, dom.find(dom.fragment(answer.html), "turbo-stream"))
    elif answer.request_header("Turbo-Frame"):
        note = _frame(tree, answer)
    else:
        _visit(tree, answer)
        note = ""
    # streams in a page act as soon as they are inserted
    inner = dom.find(tree.document, "turbo-stream")
    for element in inner:
        element.extract()
    return note or act(tree, inner)


def _frame(tree: Tree, answer: Answer) -> str:
    name = answer.request_header("Turbo-Frame")
    frame = dom.first(tree.document, f'turbo-frame[id="{dom.escaped(name)}"]')
    if frame is None:
        raise NoPlace(f"the frame {name!r} is not on the page")
    page = Tree(answer.html)
    if dom.first(page.head, 'meta[name="turbo-visit-control"][content="reload"]') is not None:
        raise NoPlace("it asks to be loaded as a page")
    came = dom.first(page.document, f'turbo-frame[id="{dom.escaped(name)}"]')
    if came is None:
        dom.fill(frame, dom.take(dom.fragment(_MISSING)))
        return f"the response has no frame {name!r}"
    nodes = dom.take(came)
    _keep_permanent(nodes, frame)
    dom.fill(frame, nodes)
    return ""


def _visit(tree: Tree, answer: Answer) -> None:
    page = Tree(answer.html)
    status = answer.request.status
    failed = status >= 500 or (status >= 400 and answer.first.method == "GET")
    old, new = tree.body, page.body
    if failed:  # nothing of the previous page is kept
        dom.fill(tree.head, dom.take(page.head))
    else:
        _merge_heads(tree.head, page.head)
        for noscript in dom.find(page.body, "noscript"):
            noscript.extract()
    nodes = dom.take(new)
    if not failed:
        _keep_permanent(nodes, old)
    for name in list(old.attrs):
        del old.attrs[name]
    for name in new.attrs:
        old.attrs[name] = new.attr(name) or ""
    dom.fill(old, nodes)
    for name in ("lang", "dir"):
        root, came = tree.document.root, page.document.root
        if root is None or came is None:
            continue
        value = came.attr(name)
        dom.drop(root, name)
        if value is not None:
            root.attrs[name] = value


def _merge_heads(head: Element, new: Element) -> None:
    """Keep scripts, styles and elements that are in both heads; remove the others, and add the new
    ones.
    """
    current, came = dom.elements(head), dom.elements(new)
    assets = [element for element in came if _is_asset(element)]
    rest = [element for element in came if not _is_asset(element)]
    for element in current:
        if _is_asset(element):
            dynamic = element.attr("data-turbo-track") == "dynamic" and element.tag != "script"
            if dynamic and not _among(element, assets):
                element.extract()
            continue
        same = next((other for other in rest if other.html == element.html), None)
        if same is None:
            element.extract()
        else:
            rest.remove(same)
    added = [element for element in assets if not _among(element, current)]
    scripts = [element for element in added if element.tag == "script"]
    styles = [element for element in added if element.tag != "script"]
    dom.put(head, [element.extract() for element in (*rest, *styles, *scripts)])


def _is_asset(element: Element) -> bool:
    sheet = element.tag == "link" and (element.attr("rel") or "") == "stylesheet"
    return element.tag in {"script", "style"} or sheet


def _among(element: Element, others: list[Element]) -> bool:
    return any(element.html == other.html for other in others)


def _keep_permanent(nodes: list[Node], inside: Element) -> None:
    """Keep permanent elements of the page, in place of their new versions."""
    holder = Element("template")
    dom.put(holder, nodes)
    for came in dom.find(holder, "[data-turbo-permanent][id]"):
        kept = dom.first(
            inside, f'[data-turbo-permanent][id="{dom.escaped(came.attr("id") or "")}"]'
        )
        if kept is not None:
            dom.replace(came, [kept.extract()])
    nodes[:] = dom.take(holder)


# Streams


def act(tree: Tree, streams: list[Element]) -> str:
    """Apply the actions of streams, in order. A failed action is noted, and the others still apply.

    :raises NoPlace: all actions failed.
    """
    notes = [note for note in (_stream(tree, stream) for stream in streams) if note]
    if streams and len(notes) == len(streams):
        raise NoPlace("; ".join(dict.fromkeys(notes)))
    return "; ".join(dict.fromkeys(notes))


def _stream(tree: Tree, stream: Element) -> str:
    action = stream.attr("action") or ""
    if action == "refresh":
        return "" if stream.parent is not None else "the page was loaded again"
    if action not in _ACTIONS:
        return f"{action!r} is not a stream action"
    id, selector = stream.attr("target"), stream.attr("targets")
    try:
        found = tree.by_id(id) if id else None
        targets = (
            [found] if found is not None else dom.find(tree.document, selector) if selector else []
        )
    except NoPlace as reason:
        return str(reason)
    if not targets:
        return f"the target {(id or selector)!r} is not on the page"
    template = next((child for child in dom.elements(stream) if child.tag == "template"), None)
    came = [] if template is None else list(dom.content(template).children)
    around = action in {"before", "after"}
    if around or action in {"append", "prepend"}:
        _drop_duplicates(targets, came, around)
    copies = [[tree.clone(node) for node in came] for _ in targets]
    for target, nodes in zip(targets, copies, strict=True):
        _ACTIONS[action](target, nodes)
    return ""


def _drop_duplicates(targets: list[Element], came: list[Node], around: bool) -> None:
    ids = {node.attr("id") for node in came if isinstance(node, Element)} - {None, ""}
    for target in targets:
        parent = target.parent if around else target
        for child in dom.elements(parent) if parent is not None else ():
            if child.attr("id") in ids:
                child.extract()


def _before(target: Element, nodes: list[Node]) -> None:
    if nodes and target.parent is not None:
        target.insert_before(*nodes)


def _after(target: Element, nodes: list[Node]) -> None:
    if nodes and target.parent is not None:
        target.insert_after(*nodes)


def _remove(target: Element, nodes: list[Node]) -> None:
    target.extract()


_ACTIONS: dict[str, Callable[[Element, list[Node]], None]] = {
    "after": _after,
    "append": dom.put,
    "before": _before,
    "prepend": dom.put_first,
    "remove": _remove,
    "replace": dom.replace,
    "update": dom.fill,
}
