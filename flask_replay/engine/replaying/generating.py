"""Generate a template's Python for a replay: without ``await``, otherwise as in the recorded
environment.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nativetypes import NativeCodeGenerator

_SHARED_TEXT = "template._get_default_module()._body_stream"


class _Gathering(CodeGenerator):
    """Puts what is included without context where the rest goes, as code that awaits does.

    Code that does not await yields it past the macro, call or set block that it stands in, which
    makes a macro a generator (``CodeGenerator.visit_Include``).
    """

    including: Frame

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:
        self.including = frame
        super().visit_Include(node, frame)

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        if x != f"yield from {_SHARED_TEXT}":
            return super().writeline(x, node, extra)
        super().writeline(f"for event in {_SHARED_TEXT}:")
        self.indent()
        self.simple_write("event", self.including)
        self.outdent()
        return None


class _GatheringNative(_Gathering, NativeCodeGenerator):
    """Does so for values."""


def code_generator(*, native: bool, gathers: bool) -> Any:
    """Return the class that generates a template's code.

    :param native: whether the templates yield values in the place of texts.
    :param gathers: whether the recorded environment was an asynchronous one.
    """
    if gathers:
        return _GatheringNative if native else _Gathering
    return NativeCodeGenerator if native else CodeGenerator
