"""The blocks of a template as it names them: ``self.name`` and ``super``."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import BlockReference, TemplateReference
from jinja2.utils import internalcode

from .hooks import Hooks


class RuntimeBlock(BlockReference):
    """A block of a template, as ``self.name`` or ``super``. Only code of the app calls it like a
    function: the template's calls go through the runtime.
    """

    @property
    def super(self) -> Any:
        """Return the block that this one overrides."""
        return block_of(super().super)

    @internalcode
    def __call__(self) -> Any:
        runtime: Hooks = self._context.runtime  # type: ignore[attr-defined]
        return runtime.entered(super().__call__)


class RuntimeBlocks(TemplateReference):
    """The ``self`` of a template."""

    def __getitem__(self, name: str) -> Any:
        return block_of(super().__getitem__(name))


def block_of(found: Any) -> Any:
    """Return what Jinja found for the name of a block, with calls that its runtime notices."""
    if type(found) is BlockReference:
        found.__class__ = RuntimeBlock
    return found
