"""The htmx attributes of a page, most of which are inherited."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import msgspec
from turbohtml import Element

from .answer import Answer, leads_to
from .dom import NoPlace, Tree, bounded, escaped, find, first, fits, lineage
from .selectors import ElementFinder, neighbour

_VERBS = ("get", "post", "put", "patch", "delete", "query")
_SPLIT = re.compile(r",(?![^<]*/>)")
_FOUR: dict[str, Any] = {
    "defaultSwap": "innerHTML",
    "implicitInheritance": False,
    "noSwap": [204, 304],
    "allowEmptySwapAfterOOB": False,
}
_TWO: dict[str, Any] = {
    "defaultSwapStyle": "innerHTML",
    "allowNestedOobSwaps": True,
    "disableInheritance": False,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}


class Htmx:
    """Reads a page as htmx does.

    :param four: as version 4, which inherits only attributes that are marked for it.
    """

    def __init__(self, tree: Tree, four: bool) -> None:
        self.tree = tree
        self.four = four
        self._still: ElementFinder | None = None
        known = _FOUR if four else _TWO
        found = self._configured()
        self.config = {name: _like(value, found.get(name)) for name, value in known.items()}

    def _configured(self) -> dict[str, Any]:
        meta = first(self.tree.document, "meta[name=htmx-config]")
        try:
            found = msgspec.json.decode((meta.attr("content") or "") if meta is not None else "{}")
        except (msgspec.DecodeError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def default_style(self) -> str:
        """Return the default swap style."""
        return str(self.config["defaultSwap" if self.four else "defaultSwapStyle"])

    def rule(self, status: int) -> dict[str, Any]:
        """Return the page's settings for a status."""
        if self.four:
            refused = [str(code) for code in self.config["noSwap"]]
            hit = any(code in refused for code in _patterns(status))
            return {"swap": True, "style": "none"} if hit else {"swap": True}
        for rule in self.config["responseHandling"]:
            try:
                if re.search(str(rule.get("code")), str(status)):
                    return dict(rule)
            except (re.error, AttributeError):
                continue
        return {}

    def by_status(self, element: Element, status: int) -> dict[str, Any]:
        """Return an element's settings for a status: ``hx-status:422="swap:outerHTML
        target:#form"``.
        """
        for pattern in _patterns(status):
            value = self.value(element, f"hx-status:{pattern}")
            if value:
                found = dict(
                    word.split(":", 1) for word in value.replace(",", " ").split() if ":" in word
                )
                return {
                    "style" if name == "swap" else name: text.strip("\"'")
                    for name, text in found.items()
                }
        return {}

    # Attributes

    def own(self, element: Element, name: str) -> str | None:
        """Return an attribute of the element itself."""
        value = element.attr(name)
        return element.attr(f"data-{name}") if value is None else value

    def value(self, element: Element, name: str) -> str | None:
        """Return an attribute of the element, or of the nearest ancestor that hands it down."""
        found = self.holder(element, name)
        value = self._at(found, name, own=found == element) if found is not None else None
        return None if value == "unset" and not self.four else value

    def holder(self, element: Element, name: str) -> Element | None:
        """Return the element whose attribute applies to this one."""
        for ancestor in lineage(element):
            own = ancestor == element
            if self._at(ancestor, name, own=own) is not None and (
                own or not self._withheld(ancestor, name)
            ):
                return ancestor
        return None

    def _at(self, element: Element, name: str, *, own: bool) -> str | None:
        value = self.own(element, name)
        if not self.four:
            return value
        if value is not None and (own or self.config["implicitInheritance"]):
            return value
        return self.own(element, f"{name}:inherited")

    def _withheld(self, element: Element, name: str) -> bool:
        if self.four:
            return False
        withheld = (self.own(element, "hx-disinherit") or "").split()
        if self.config["disableInheritance"]:
            inherited = (self.own(element, "hx-inherit") or "").split()
            return "*" not in inherited and name not in inherited
        return "*" in withheld or name in withheld

    # Selectors

    def find(self, element: Element, selector: str) -> list[Element]:
        """Return the elements that an extended selector of htmx matches, relative to an element."""
        found: list[Element] = []
        rest: list[str] = []
        for part in _SPLIT.split(bounded(selector).strip().removeprefix("global ")):
            one = part.strip()
            one = one[1:-2] if one.startswith("<") and one.endswith("/>") else one
            word, _, inner = one.partition(" ")
            inner = inner.strip().removeprefix("<").removesuffix("/>")
            if word in _RELATIVE and (inner or word not in {"closest", "find"}):
                item = self._relative(element, word, inner)
                if item is not None:
                    found.append(item)
            elif one == "body":
                found.append(self.tree.body)
            elif one == "this":
                found.append(element)
            elif one in {"document", "window"}:
                raise NoPlace(f"{one} cannot be the target of a fragment")
            elif one:
                rest.append(one)
        if rest:
            found += self._finder.all(",".join(rest))
        return found

    def _relative(self, element: Element, word: str, inner: str) -> Element | None:
        if word == "closest":
            return next((ancestor for ancestor in lineage(element) if fits(ancestor, inner)), None)
        if word == "find":
            return first(element, inner)
        forwards = word in {"next", "nextElementSibling"}
        return (
            self._finder.nearest(element, inner, forwards=forwards)
            if inner
            else neighbour(element, forwards=forwards)
        )

    @property
    def _finder(self) -> ElementFinder:
        """Return the finder for the current page: a shared one while the source of a request is
        searched for.
        """
        return ElementFinder(self.tree.document) if self._still is None else self._still

    # The source and the target of a request

    def source(self, answer: Answer) -> Element | None:
        """Return the element that made the request, ``None`` if it is not on the page."""
        self._still = ElementFinder(self.tree.document)
        try:
            return self._source(answer)
        finally:
            self._still = None

    def _source(self, answer: Answer) -> Element | None:
        candidates = self._candidates(answer)
        for wanted in (self._is_named, self._has_target):
            fitting = [(score, element) for score, element in candidates if wanted(element, answer)]
            candidates = fitting or (candidates if wanted == self._has_target else [])
        return max(candidates, key=lambda pair: pair[0])[1] if candidates else self._by_id(answer)

    def _candidates(self, answer: Answer) -> list[tuple[int, Element]]:
        """Return the elements that lead to the requested address, with how well they match."""
        found: list[tuple[int, Element]] = []
        verb, wanted = answer.first.method.lower(), answer.first.url
        names = [f"hx-{verb}", f"data-hx-{verb}"]
        if verb in _VERBS:
            for name in names:
                for element in find(self.tree.document, f"[{name}]"):
                    found.append(
                        (leads_to(element.attr(name) or "", self.tree.url, wanted), element)
                    )
        for element in find(self.tree.document, "[hx-action]") if self.four else ():
            found.append(
                (leads_to(element.attr("hx-action") or "", self.tree.url, wanted), element)
            )
        if answer.request_header("HX-Boosted"):
            for element in find(self.tree.document, "a[href], form"):
                address = element.attr("href" if element.tag == "a" else "action") or ""
                found.append((leads_to(address, self.tree.url, wanted), element))
        return [(score, element) for score, element in found if score]

    def _is_named(self, element: Element, answer: Answer) -> bool:
        if self.four:
            source = answer.request_header("HX-Source")
            return not source or _identifier(element) == unquote(source)
        by_id, by_name = (
            answer.request_header("HX-Trigger"),
            answer.request_header("HX-Trigger-Name"),
        )
        return (element.attr("id") or "") == unquote(by_id) and (
            element.attr("name") or ""
        ) == unquote(by_name)

    def _has_target(self, element: Element, answer: Answer) -> bool:
        named = unquote(answer.request_header("HX-Target"))
        try:
            target = self.target(element, boosted=answer.boosted)
        except NoPlace:
            return False
        return named == (_identifier(target) if self.four else (target.attr("id") or ""))

    def _by_id(self, answer: Answer) -> Element | None:
        """Return the element with the id that the request names. A script of the app made the
        request in its name.
        """
        named = (
            answer.request_header("HX-Source").partition("#")[2]
            if self.four
            else answer.request_header("HX-Trigger")
        )
        return self.tree.by_id(unquote(named))

    def target(self, element: Element, *, boosted: bool = False) -> Element:
        """Return the element into which the response goes.

        :param boosted: the source is a link or form that htmx follows in place of the browser.
        :raises NoPlace: the target is not on the page.
        """
        selector = self.value(element, "hx-target")
        if selector is None:
            return self.tree.body if boosted else element
        if selector == "this":
            holder = self.holder(element, "hx-target")
            return element if holder is None else holder
        found = next(iter(self.find(element, selector)), None)
        if found is None:
            raise NoPlace(f"the target {selector!r} is not on the page")
        return found

    def named_target(self, answer: Answer) -> Element:
        """Return the target that the request names.

        :raises NoPlace: it names none, or one that is not on the page.
        """
        named = unquote(answer.request_header("HX-Target"))
        tag, _, id = named.partition("#") if self.four else ("", "", named)
        if tag == "body" and not id:
            return self.tree.body
        target = self.tree.by_id(id)
        if target is None:
            raise NoPlace(
                f"the target {named!r} is not on the page"
                if named
                else "no element of the page made the request"
            )
        return target


_RELATIVE = frozenset(
    {"closest", "find", "next", "previous", "nextElementSibling", "previousElementSibling"}
)


def _like(known: Any, found: Any) -> Any:
    """Return a setting if it has the right type, otherwise the default."""
    return found if type(found) is type(known) else known


def _patterns(status: int) -> tuple[str, str, str]:
    """Return the patterns that match a status, the most specific first."""
    return str(status), f"{str(status)[:2]}x", f"{str(status)[:1]}xx"


def _identifier(element: Element) -> str:
    """Return an element's name as htmx 4 writes it."""
    id = element.attr("id")
    return f"{element.tag}#{id}" if id else element.tag


def by_id_selector(id: str) -> str:
    """Return the selector of an id."""
    return f'[id="{escaped(id)}"]'
