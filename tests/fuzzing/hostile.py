"""Render pages with hostile objects, and count what is left: ``python -m tests.fuzzing.hostile``.

The objects raise, render another page, or let go of themselves, whatever they are asked.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Flask, render_template

from flask_replay.engine.recording import core
from flask_replay.engine.recording.entries import AGAIN, FREE
from flask_replay.sanitize.keys_of_services import FREQUENT_FORMS, HEXADECIMAL_FORMS, KEY_FORMS
from flask_replay.sanitize.patterns import Patterns
from tests.conformance.harness import Seen, Sink, Site, frames_of
from tests.conformance.hostile import TypeLies, TypeRaises, TypeWithoutHash

_WARM_UP = 4
"""Rounds after which everything that is cached once is cached."""

_MOST = 20
"""Objects, memory blocks or references that may vary for other reasons."""


class Hostile:
    """An object that does something on any operation.

    :param act: what it does.
    """

    def __init__(self, act: Callable[[Hostile], Any]) -> None:
        self.__dict__["act"] = act

    def _asked(self, *arguments: object) -> Any:
        return self.__dict__["act"](self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "jinja_pass_arg":
            raise AttributeError(name)
        return self._asked()

    def __str__(self) -> str:
        return str(self._asked())

    def __hash__(self) -> int:
        return hash(self._asked())

    def __iter__(self) -> Iterator[Any]:
        yield self._asked()
        yield self

    __getitem__ = __call__ = __add__ = __lt__ = _asked
    __eq__ = _asked  # type: ignore[assignment]
    __len__ = __bool__ = _asked


def _raises(asked: Hostile) -> Any:
    raise LookupError("asked")


def _renders(asked: Hostile) -> Any:
    return render_template("inner.html", o=[1, asked])


def _lets_go(asked: Hostile) -> Any:
    asked.__dict__.clear()
    asked.__dict__["act"] = _raises
    return Hostile(_raises)


def _changes(asked: Hostile) -> Any:
    asked.__class__ = Other
    return 1


class Other(Hostile):
    """The class that such an object changes to."""


class Box:
    """Holds the only reference to an object, and drops it on any operation."""

    def __init__(self, held: Any) -> None:
        self.held = held

    @property
    def item(self) -> Any:
        held, self.held = self.held, None
        return held

    def give(self, *arguments: object, **keywords: object) -> Any:
        return self.item


MAKERS: tuple[Callable[[], Any], ...] = (
    lambda: Hostile(_raises),
    lambda: Hostile(_renders),
    lambda: Hostile(_lets_go),
    lambda: Hostile(_changes),
    lambda: TypeRaises(),
    TypeLies,
    TypeWithoutHash,
)

OPERATIONS = (
    "o.name", "o.name.more", "o['key']", "o()", "o(o, key=o)", "o.name(o)", "box.item", "box.item.name", "box.give()",
    "box.give(o)", "box.give(key=[o]).name", "show(o)", "show([o], {'a': o})", "o|kept", "[o]|kept", "o|length",
    "[o, 1]|join", "{o: 1}[o]", "{'a': o}.get('a')", "o == 1", "o in [1, o]", "o ~ o", "o + 1", "o and 1",
    "o is known", "m(o)", "m(box.item)", "o|attr('name')", "dict(a=o).a.name", "[o][0].name.more",
)  # fmt: skip
PAGES = {
    f"{number}.html": f"{{% macro m(a) %}}{{{{ a }}}}{{% endmacro %}}{{{{ {operation} }}}}"
    for number, operation in enumerate(OPERATIONS)
} | {
    "loop.html": "{% for a in o %}{{ a }}{{ loop.cycle(o, 1) }}{% endfor %}",
    "unpack.html": "{% set a, b = o %}{{ a }}{{ b }}",
    "inner.html": "{{ o[0] }}{% for a in o %}{{ loop.index }}{% endfor %}",
}


def _show(*arguments: object, **keywords: object) -> str:
    return f"{len(arguments)}{len(keywords)}"


def _setup(app: Flask) -> None:
    app.jinja_env.globals["show"] = _show
    app.jinja_env.filters["kept"] = lambda value: value
    app.jinja_env.tests["known"] = lambda value: True


class Held(NamedTuple):
    """Counts between two rounds.

    :param references: to objects that live on.
    """

    objects: int
    blocks: int
    references: int


class Rounds:
    """Renders all pages with all objects, as often as requested.

    :ivar renders: how many pages were rendered, and failed for the most part.
    """

    def __init__(self) -> None:
        self.site = Site(PAGES, _setup, recorded=True)
        self.renders = 0

    def once(self) -> None:
        """Render each page with each object, and write the recording."""
        for make, page in itertools.product(MAKERS, PAGES):
            self.site.sink = Sink()
            with self.site.app.test_request_context(), suppress(Exception):
                self.site.app.preprocess_request()
                render_template(page, o=make(), box=Box(make()))
            renders, self.site.sink = self.site.sink.renders, None
            self.renders += len(renders)
            with suppress(Exception):
                frames_of(Seen(renders=renders))

    def held(self) -> Held:
        """Return the current counts."""
        gc.collect()
        lasting = (_show, _raises, Hostile, Other, Box, TypeLies, AGAIN, FREE, None)
        return Held(
            len(gc.get_objects()), sys.getallocatedblocks(), sum(map(sys.getrefcount, lasting))
        )

    def grown(self, renders: int) -> Held:
        """Render that many pages, and return what was added permanently."""
        # An expression is compiled when its mark occurs, and random ids contain some by chance.
        marks = " ".join([*KEY_FORMS, *FREQUENT_FORMS, *HEXADECIMAL_FORMS])
        list(Patterns().find(marks))
        for _ in range(_WARM_UP):
            self.once()
        before, self.renders = self.held(), 0
        while self.renders < renders:
            self.once()
        return Held(*(now - then for now, then in zip(self.held(), before, strict=True)))


def is_level(grown: Held) -> bool:
    """Whether nothing is left except for normal variation."""
    return all(abs(each) < _MOST for each in grown)


def main(arguments: list[str]) -> int:
    """Print how much is left after many renders.

    :returns: 0 if nothing did, else 1.
    """
    parser = argparse.ArgumentParser(prog="fuzz core", description=__doc__)
    parser.add_argument("--renders", type=int, default=1_000_000, help="how many pages")
    options = parser.parse_args(arguments)
    started, rounds = time.monotonic(), Rounds()
    grown = rounds.grown(options.renders)
    print(
        f"{rounds.renders:,} renders in {time.monotonic() - started:.0f} s with"
        f"{'out' if core.COMPILED is None else ''} the compiled core: {grown}"
    )
    return int(not is_level(grown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
