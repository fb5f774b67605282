"""The instrumented compilation of a template."""

from __future__ import annotations

from types import FunctionType

from jinja2 import Template

from .modules import FUNCTION, variables_of


class Compiled:
    """The instrumented compilation of a template. Renders share it.

    :param template: the template made from the instrumented code.
    :param key: the content hash of its document.
    :param document: its document.
    :ivar macros: a function that makes only its macros; ``None`` if it has none, or they cannot be
        made separately.
    :ivar variables: the variables of its module that the macros use; ``None`` if they are unknown.
    """

    __slots__ = ("document", "key", "macros", "template", "variables")

    def __init__(self, template: Template, key: str, document: bytes) -> None:
        self.template = template
        self.macros: FunctionType | None = template.root_render_func.__globals__.get(FUNCTION)
        self.variables = frozenset[str]() if self.macros is None else variables_of(self.macros)
        self.key = key
        self.document = document
