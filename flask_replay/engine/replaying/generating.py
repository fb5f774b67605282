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
    """Collects the output of includes without context in the surrounding buffer, as asynchronous
    code does.

    Synchronous code yields it past the surrounding macro, call or set block, which turns a macro
    into a generator (``CodeGenerator.visit_Include``).
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
    """The same for native templates."""


def code_generator(*, native: bool, gathers: bool) -> Any:
    """Return the class that generates a template's code.

    :param native: the templates yield values instead of texts.
    :param gathers: the recorded environment was asynchronous.
    """
    if gathers:
        return _GatheringNative if native else _Gathering
    return NativeCodeGenerator if native else CodeGenerator
