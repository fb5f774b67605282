"""Record what a template iterates, unpacks and spreads: each item when it is taken, never
before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import count
from types import GeneratorType
from typing import Any, cast

from jinja2.runtime import AsyncLoopContext
from jinja2.utils import missing

from ...trace.type_sets import TypeSet
from .. import operations as op
from ..loops import RuntimeAsyncLoop, RuntimeLoop
from ..objects import ResolvedNames
from ..operations import LIVE
from .entries import Items, Made, Raised
from .log import Log
from .secrets import Secret

_SIZED = TypeSet({list, tuple})
_MANY = 10_000

TURNS = TypeSet({RuntimeLoop, RuntimeAsyncLoop})
"""Types of loops, which a page may iterate like their items."""


class RecordedIteration(Log):
    """The part of a tracer that takes items.

    :ivar untraced: a part of the page ran as the app's own code, or took items of a loop.
    """

    untraced: bool

    def iterate(self, value: Any) -> Iterable[Any]:
        """Iterate over a value, noting each item as the template takes it."""
        if self.secret and (source := self.secret.get(id(value))) is not None and source.revealing:
            return self._over_secret(value, source)
        if type(value) in LIVE:
            return cast(Iterable[Any], self.turns(value) if type(value) is RuntimeLoop else value)
        if id(value) in self.own:
            return self._over_own(value)
        return self._over(value)

    def turns(self, loop: Any) -> Any:
        """Return the turns that a loop has left. The template creates these pairs."""
        if type(loop) is RuntimeLoop:
            return self.made(_turns(loop, self.made))
        return self.made(_turns_later(loop, self.made))

    def turned(self, loop: Any) -> None:
        """Count a page as untraced if something takes items of the app from a loop, or if the app
        has the loop and may take any, because they are missing from the loop itself then.
        """
        own = issubclass(type(loop), RuntimeLoop) and self._has_own_items(loop)
        if not own or id(loop) in self.shared:
            self.untraced = True

    def gives_own(self, value: Any) -> bool:
        """Whether what a filter returns of a value contains no values of the app."""
        if type(value) is RuntimeLoop:
            return self._has_own_items(value)
        return type(value) not in op.LEADING

    def _has_own_items(self, loop: RuntimeLoop) -> bool:
        items = loop._iterable
        return self.answers_itself(items) and not (self.opaque(items) or _passes_on(items))

    def _over(self, value: Any, rest: Iterator[Any] | None = None) -> Iterator[Any]:
        items = Items()
        self.log.extend((value, op.ITERATE, items))
        if (pairs := self.pairs_of(value)) is not None:
            return self._over_many(pairs, items)
        if type(value) in _SIZED and len(value) < _MANY and rest is None and not self.led:
            # an iterator that stores its items, at the speed of C
            return map(items.setdefault, count(), value)
        return self._over_many(value if rest is None else rest, items)

    def _over_secret(self, value: Any, source: Secret) -> Iterator[Any]:
        items = Items()
        self.log.extend((value, op.ITERATE, items))

        def derived() -> Iterator[Any]:
            for item in value:
                items[len(items)] = hidden = self.derived(item, source)
                yield hidden

        return derived()

    def _over_many(self, value: Any, items: Items) -> Generator[Any, None, None]:
        log, limit = self.log, self.limit
        for item in value:
            if len(log) > limit:
                self.cut()
            elif len(items) < limit:
                items[len(items)] = self.reached(item) if self.led else item
            yield item

    def _over_own(self, value: Any) -> Generator[Any, None, None]:
        items = iter(value)
        learn = self._new_in(value)
        for item in items:
            if len(self.log) > self.limit:
                self.cut()
            if learn is not None:
                learn(item)
            yield item
            if id(value) in self.lent:  # lent within the loop: the remaining items may be the app's
                yield from self._over(value, items)

    def _new_in(self, value: Any) -> Callable[[Any], Any] | None:
        """Return a function that notes items which are only created during the iteration; ``None``
        for containers, whose items are known.
        """
        kind = type(value)
        if kind is op.PAIRS:
            return self.made
        if _passes_on(value):
            return None
        return self.made_whole if hasattr(kind, "__next__") else None

    def measure(self, value: Any) -> int:
        """Return the length of a value that a loop iterates over."""
        if self.answers_itself(value):
            return len(value)
        try:
            length = len(value)
        except TypeError:
            self.log.extend((value, op.LENGTH, Raised("TypeError")))
            raise
        self.log.extend((value, op.LENGTH, length))
        return length

    def advancing(self, loop: RuntimeLoop | RuntimeAsyncLoop, *, measured: bool) -> None:
        """Remember that a loop advances, and note what was postponed until it does."""
        self.advanced.append((len(self.log), loop))
        if measured and loop.postponed is not None:
            self.log.extend(loop.postponed)
            loop.postponed = None

    def postpone(self, before: Any) -> None:
        """Drop what was noted while code ran that does not run in a replay, where loops advance
        only when the template itself makes them. What they noted is noted again then.

        :param before: length of the log before the code ran; or the last of ``advanced``, where
            that code notes nothing but what loops do.
        """
        try:
            mark = before if type(before) is int else len(self.log)
            while (advanced := self.advanced) and (
                advanced[-1][0] >= mark if mark is before else advanced[-1] is not before
            ):
                if advanced[-1][1].ahead:  # this code runs within its advance
                    break
                start, loop = advanced.pop()
                entries = self.log[start:]
                del self.log[start:]
                # undefined values that were made there did not leave that code
                noted = [entries[at : at + 3] for at in range(0, len(entries), 3)]
                noted = [entry for entry in noted if entry[1] is not op.UNDEFINED]
                if noted and noted[0][1] is op.LENGTH:
                    loop.postponed = noted.pop(0)
                later = issubclass(type(loop), RuntimeAsyncLoop)
                again = self._again_later if later else self._again
                loop._iterator = again(noted, loop._after, loop._iterator)
                loop._after = missing
            del self.log[mark:]
        except Exception as error:
            self.failed(error)

    def _again(self, noted: list[list[Any]], item: Any, rest: Iterator[Any]) -> Iterator[Any]:
        """Yield the item that a loop took before its turn, and then the others.

        :param noted: the entries of the log from that time, which :meth:`drop` has taken back.
        """
        self._note_again(noted)
        if item is not missing:
            yield item
        yield from rest

    async def _again_later(
        self, noted: list[list[Any]], item: Any, rest: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Do the same in an asynchronous environment."""
        self._note_again(noted)
        if item is not missing:
            yield item
        with suppress(StopAsyncIteration):
            while True:
                yield await anext(rest)

    def _note_again(self, noted: list[list[Any]]) -> None:
        for subject, question, answer in noted:
            if type(subject) is ResolvedNames:
                if question in subject:  # the template has looked it up since
                    continue
                subject[question] = answer
            self.log.extend((subject, question, answer))

    def unpack(self, value: Any, shape: tuple[Any, ...]) -> Any:
        """Unpack a value into the names of a target.

        :param shape: one part for each name: ``None``, or a shape for names in parentheses.
        """
        if type(value) in LIVE and type(value) is not RuntimeLoop and not self.opaque(value):
            return value
        items: list[Any] = []
        for item in self.iterate(value):
            items.append(item)
            if len(items) > len(shape):
                break
        if len(items) == len(shape):
            return [
                item if part is None else self.unpack(item, part)
                for item, part in zip(items, shape, strict=True)
            ]
        return items

    def spread(self, value: Any) -> Any:
        """Return the arguments that ``*value`` passes."""
        if self.secret and id(value) in self.secret:
            return [*self.iterate(value)]
        if self.answers_itself(value):
            # an iterator of the template creates its items now
            return [*self.iterate(value)] if hasattr(type(value), "__next__") else value
        items = [*value]  # reads the length too, as the call itself would
        self.log.extend((value, op.ITERATE, Items(enumerate(items))))
        return items

    def spread_mapping(self, value: Any) -> Any:
        """Return the arguments that ``**value`` passes, as a plain dictionary."""
        known = self.answers_itself(value)
        if known and type(value) is dict:
            return value
        base: Any = self.base
        caller = type(base).call if self.sandboxed else base.context_class.call
        plain = _keywords_of(caller.__module__, caller.__qualname__)(**value)
        if known:
            return plain
        plain = self.hidden_values(plain)
        self.log.extend(
            (value, op.SPREAD, Made("dict", [item for pair in plain.items() for item in pair]))
        )
        return plain

    def auto_aiter(self, value: Any) -> Any:
        """Iterate in an asynchronous environment, noting each item as it arrives."""
        if type(value) in LIVE or id(value) in self.own or not hasattr(value, "__aiter__"):
            found = AsyncLoopContext._to_iterator(
                value if hasattr(value, "__aiter__") else self.iterate(value)
            )
            return self.made(found)  # it may be passed to this method again
        return self._over_async(value)

    async def _over_async(self, value: Any) -> AsyncIterator[Any]:
        items = Items()
        self.log.extend((value, op.ITERATE, items))
        async for item in value:
            if len(items) < self.limit:
                items[len(items)] = item
            yield item


def _passes_on(items: Any) -> bool:
    """Whether items are those of ``for … if …``, whose generator only leaves some out."""
    return type(items) is GeneratorType and items.gi_code.co_varnames[:1] == ("fiter",)


def _turns(loop: RuntimeLoop, made: Callable[[Any], Any]) -> Iterator[Any]:
    with suppress(StopIteration):
        while True:
            yield made(next(loop))


async def _turns_later(loop: RuntimeAsyncLoop, made: Callable[[Any], Any]) -> AsyncIterator[Any]:
    with suppress(StopAsyncIteration):
        while True:
            yield made(await anext(loop))


@cache
def _keywords_of(module: str, name: str) -> Callable[..., dict[str, Any]]:
    """Return a function that returns its keyword arguments.

    :param module: module of the function by which Jinja makes calls, because Python's messages
        about arguments contain it.
    :param name: qualified name of that function.
    """

    def keywords(**given: Any) -> dict[str, Any]:
        return given

    keywords.__module__, keywords.__qualname__ = module, name
    return keywords
