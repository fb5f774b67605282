"""The instrumented compilation of a template."""

from __future__ import annotations

from types import FunctionType

from jinja2 import Template

from .modules import FUNCTION, variables_of


class Compiled:
    """The instrumented compilation of a template; it belongs to no render.

    :param template: made from the instrumented code.
    :param key: the content hash of its document.
    :param document: the document itself.
    :ivar macros: makes its macros alone; ``None`` if it has none, or that cannot be.
    :ivar variables: of its module, which these need; ``None`` if that cannot be.
    """

    __slots__ = ("document", "key", "macros", "template", "variables")

    def __init__(self, template: Template, key: str, document: bytes) -> None:
        self.template = template
        self.macros: FunctionType | None = template.root_render_func.__globals__.get(FUNCTION)
        self.variables = frozenset[str]() if self.macros is None else variables_of(self.macros)
        self.key = key
        self.document = document
