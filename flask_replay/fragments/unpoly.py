"""Apply a response to a page as Unpoly does."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec
from turbohtml import Element, Node

from . import dom
from .answer import Answer, leads_to
from .dom import NoPlace, Tree

_MAIN = ("[up-main~=root]", "[up-main='']", "main", ":layer", "body")
_STEP = re.compile(
    r"(?P<selector>.*?)(?P<placement>:before|:after|:content)?(?P<maybe>:maybe)?", re.DOTALL
)
_COMMA = re.compile(r",(?![^\[(]*[\])])")
_METAS = (
    ":is(meta, link[rel=alternate], link[rel=canonical], link[rel=icon], [up-meta], "
    "script[type='application/ld+json']):not(meta[http-equiv], [up-meta=false], "
    "meta[name=csp-nonce])"
)
_HEAD = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_PLACED = re.compile(r":(?:before|after|content)\b")


class FragmentStep(NamedTuple):
    """One fragment of the page that changes.

    :param placement: ``"swap"``, ``"before"``, ``"after"`` or ``"content"``.
    :param maybe: the response need not contain it.
    """

    selector: str
    placement: str
    maybe: bool


def apply(tree: Tree, answer: Answer) -> str:
    """Change a page as Unpoly did for a response.

    :returns: what is uncertain about the result, or ``""``.
    :raises NoPlace: the page was not changed.
    """
    if answer.request_header("X-Up-Mode") not in {"", "root"}:
        raise NoPlace(f"shown in an overlay ({answer.request_header('X-Up-Mode')})")
    if answer.response_header("X-Up-Accept-Layer") or answer.response_header("X-Up-Dismiss-Layer"):
        raise NoPlace("it closed an overlay")
    failed = answer.request.status >= 400
    target = answer.response_header("X-Up-Target") or answer.request_header(
        "X-Up-Fail-Target" if failed else "X-Up-Target"
    )
    came = Tree(answer.html)
    source = _source(tree, answer)
    written = (
        (source.attr("up-fail-target" if failed else "up-target") or "")
        if source is not None
        else ""
    )
    if not answer.response_header("X-Up-Target") and _PLACED.search(written):
        target = written  # the header tells what changes, the attribute tells how
    changes = _changes(tree, came, _steps(target))
    hungry = [
        (step, old, new) for step, old, new in _hungry(tree, came) if not _covered(old, changes)
    ]
    if not changes and not hungry:
        raise NoPlace("nothing on the page was to change")
    for step, old, new in [*changes, *hungry]:
        _change(tree, step, old, new)
    if _changes_history(answer, changes, source):
        _take_title(tree, came, answer)
        _take_metas(tree, came, answer)
    return ""


def _steps(target: str) -> list[FragmentStep]:
    steps: list[FragmentStep] = []
    for one in _COMMA.split(dom.bounded(target)):
        match = _STEP.fullmatch(one.strip())
        assert match is not None
        if match["selector"] and one.strip() != ":none":
            steps.append(
                FragmentStep(
                    match["selector"], (match["placement"] or ":swap")[1:], bool(match["maybe"])
                )
            )
    return steps


def _changes(
    tree: Tree, came: Tree, steps: list[FragmentStep]
) -> list[tuple[FragmentStep, Element, Element]]:
    """Return the elements that change, on the page and in the response.

    :raises NoPlace: one is missing on the page or in the response.
    """
    found: list[tuple[FragmentStep, Element, Element]] = []
    for step in steps:
        old, new = _pair(tree, came, step.selector)
        if old is not None and new is not None:
            found.append((step, old, new))
        elif not step.maybe:
            where = "on the page" if old is None else "in the answer"
            raise NoPlace(f"the target {step.selector!r} is not {where}")
    return [
        change
        for change in found
        if not _covered(change[1], [other for other in found if other is not change])
    ]


def _pair(tree: Tree, came: Tree, selector: str) -> tuple[Element | None, Element | None]:
    if selector not in {":main", ":layer"}:
        return dom.first(tree.document, selector), dom.first(came.document, selector)
    for main in _MAIN if selector == ":main" else ("body",):
        if main == ":layer":
            continue
        old, new = dom.first(tree.document, main), dom.first(came.document, main)
        if old is not None and new is not None:
            return old, new
    return None, None


def _covered(element: Element, changes: list[tuple[FragmentStep, Element, Element]]) -> bool:
    """Whether an element is within another one that is swapped."""
    inside = set(dom.lineage(element))
    return any(old in inside and step.placement in {"swap", "content"} for step, old, _ in changes)


def _change(tree: Tree, step: FragmentStep, old: Element, new: Element) -> None:
    if step.placement == "before":
        dom.put_first(old, dom.take(new))
    elif step.placement == "after":
        dom.put(old, dom.take(new))
    elif step.placement == "content":
        _keep(old, new)
        dom.fill(old, dom.take(new))
    elif old.tag == "body":
        _keep(old, new)
        for name in list(old.attrs):
            del old.attrs[name]
        for name in new.attrs:
            old.attrs[name] = new.attr(name) or ""
        dom.fill(old, dom.take(new))
    elif new.attr("up-keep") in {None, "false"} or old.attr("up-keep") in {None, "false"}:
        _keep(old, new)
        nodes: list[Node] = [new.extract()]
        dom.replace(old, nodes)


def _keep(old: Element, new: Element) -> None:
    """Keep marked elements of the page, in place of their new versions."""
    for kept in dom.find(old, "[up-keep]:not([up-keep=false])"):
        selector = _derived_selector(kept)
        came = dom.first(new, f"{selector}[up-keep]:not([up-keep=false])") if selector else None
        if came is not None:
            dom.replace(came, [kept.extract()])


def _hungry(tree: Tree, came: Tree) -> list[tuple[FragmentStep, Element, Element]]:
    """Return the elements that are updated from any response that contains them."""
    found: list[tuple[FragmentStep, Element, Element]] = []
    for old in dom.find(tree.document, "[up-hungry]:not([up-hungry=false])"):
        selector = _derived_selector(old)
        new = dom.first(came.document, selector) if selector else None
        if new is not None:
            found.append((FragmentStep(selector, "swap", True), old, new))
    return found


def _derived_selector(element: Element) -> str:
    """Return the selector that Unpoly derives from an element."""
    for name in ("up-id", "id"):
        if element.attr(name):
            return f'[{name}="{dom.escaped(element.attr(name) or "")}"]'
    if element.attr("name"):
        return f'{element.tag}[name="{dom.escaped(element.attr("name") or "")}"]'
    classes = [word for word in (element.attr("class") or "").split() if not word.startswith("up-")]
    return f'[class~="{dom.escaped(classes[0])}"]' if classes else ""


def _source(tree: Tree, answer: Answer) -> Element | None:
    """Return the link or form that made the request."""
    found: list[tuple[int, Element]] = []
    for element in dom.find(tree.document, "a[href], [up-href], form"):
        address = (
            element.attr("up-href")
            or element.attr("href" if element.tag == "a" else "action")
            or ""
        )
        own = element.attr("method" if element.tag == "form" else "data-method")
        method = element.attr("up-method") or own or "get"
        score = leads_to(address, tree.url, answer.first.url)
        if score and method.upper() == answer.first.method:
            same = _PLACED.sub("", element.attr("up-target") or "") == answer.request_header(
                "X-Up-Target"
            )
            found.append((score + 2 * same, element))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _changes_history(
    answer: Answer, changes: list[tuple[FragmentStep, Element, Element]], source: Element | None
) -> bool:
    if answer.response_header("X-Up-Location") or (
        source is not None and source.attr("up-history") == "true"
    ):
        return True
    if answer.request.method != "GET" or (
        source is not None and source.attr("up-history") == "false"
    ):
        return False
    return any(
        any(dom.fits(old, main) for main in _MAIN if main != ":layer") for _, old, _ in changes
    )


def _take_title(tree: Tree, came: Tree, answer: Answer) -> None:
    title = dom.first(came.head, "title")
    text = title.text if title is not None else ""
    header = answer.response_header("X-Up-Title")
    if header:
        try:
            written = msgspec.json.decode(header)
        except msgspec.DecodeError:
            written = header
        text = written if isinstance(written, str) else ""
    if text:
        tree.title(text)


def _take_metas(tree: Tree, came: Tree, answer: Answer) -> None:
    """Replace the metadata in the page's head by that of the response, if it is a whole page."""
    if _HEAD.search(answer.html) is None:
        return
    for old in dom.find(tree.head, _METAS):
        old.extract()
    dom.put(tree.head, [new.extract() for new in dom.find(came.head, _METAS)])
