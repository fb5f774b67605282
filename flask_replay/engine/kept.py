"""Objects of Jinja's own that a template gave to the app.

While the template itself runs they are its own, and a replay creates them again. For everything
else that runs, such as another template to which the app passes them, they are objects of the app
like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..trace.type_sets import TypeSet
from .blocks import RuntimeBlock, RuntimeBlocks
from .loops import RuntimeAsyncLoop, RuntimeLoop
from .objects import RuntimeMacro, RuntimeModule, name_like


class KeptMacro(RuntimeMacro):
    """A macro that counts as a function of the app."""


class KeptModule(RuntimeModule):
    """A module that counts as an object of the app."""


class KeptLoop(RuntimeLoop):
    """A loop that counts as an object of the app."""


class KeptAsyncLoop(RuntimeAsyncLoop):
    """A loop of an asynchronous environment that counts as an object of the app."""


class KeptBlock(RuntimeBlock):
    """A block that counts as a function of the app."""

    @property
    def super(self) -> Any:
        """Return the block that this one overrides."""
        return _kept(super().super)


class KeptBlocks(RuntimeBlocks):
    """The ``self`` of a template that counts as an object of the app."""

    def __getitem__(self, name: str) -> Any:
        return _kept(super().__getitem__(name))


_KEPT: dict[type, type] = {
    RuntimeMacro: KeptMacro,
    RuntimeModule: KeptModule,
    RuntimeLoop: KeptLoop,
    RuntimeAsyncLoop: KeptAsyncLoop,
    RuntimeBlock: KeptBlock,
    RuntimeBlocks: KeptBlocks,
}
KEPT_TYPES = TypeSet(_KEPT.values())
_KIND_OF = {id(own): kept for own, kept in _KEPT.items()}
_OWN_KIND_OF = {id(kept): own for own, kept in _KEPT.items()}

for _runtime, _kind in _KEPT.items():
    name_like(_kind, _runtime)


def keep(values: Iterable[Any]) -> list[Any]:
    """Let objects count as those of the app.

    :returns: those that did not, for :func:`regain`.
    """
    return _change(values, _KIND_OF)


def regain(values: Iterable[Any]) -> None:
    """Let objects that :func:`keep` changed be their template's own again."""
    _change(values, _OWN_KIND_OF)


def own_kind(value: Any) -> type:
    """Return the type that an object has, or had before :func:`keep` changed it."""
    kind = type(value)
    return _OWN_KIND_OF.get(id(kind), kind)


def _change(values: Iterable[Any], kinds: dict[int, type]) -> list[Any]:
    changed = []
    for value in [*values]:  # another thread may add some, or change one first
        kind = kinds.get(id(type(value)))
        if kind is not None:
            value.__class__ = kind
            changed.append(value)
    return changed


def _kept(block: Any) -> Any:
    keep((block,))
    return block
