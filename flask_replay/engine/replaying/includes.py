"""Find the templates of ``{% include %}``, ``{% extends %}`` and ``{% import %}`` that the trace
names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CellType
from typing import Any

from jinja2 import TemplateNotFound, TemplatesNotFound, Undefined, UndefinedError

from ...errors import ReplayError
from .. import operations as op
from ..compiled import Compiled
from ..modules import VARIABLE
from ..objects import MACRO, RuntimeModule, RuntimeTemplate
from .answers import NOBODY
from .standins import StandIn
from .values import ReplayedValues, path_of


class ReplayedIncludes(ReplayedValues):
    """The part of a replay that finds templates and shared modules.

    :ivar compiled: returns the compiled template that a name meant, or raises ``TemplateNotFound``.
    :ivar unshared: the last requested module was created for one import only.
    """

    compiled: Callable[[str], Compiled]
    unshared: bool

    def is_name(self, value: Any) -> bool:
        """Whether a value names one template."""
        return isinstance(value, StandIn) or super().is_name(value)

    def find(self, name: Any, parent: str | None) -> Any:
        """Find the template that a name meant when the page was recorded."""
        if isinstance(name, StandIn):
            key = self.answer(name, op.TEMPLATE)
            if type(key) is not str:
                raise TemplateNotFound(path_of(name))
            return self.bind(self.compiled(f"#{key}"))
        if isinstance(name, Undefined):
            name._fail_with_undefined_error()
        try:
            return self.bind(self.compiled(f"{parent}\n{name}"))
        except TemplateNotFound:
            return self.bind(self.compiled(str(name)))

    def select(self, names: Any, parent: str | None) -> Any:
        """Find which of several templates was used when the page was recorded."""
        cell = self.look_up(op.TEMPLATE, (names,))
        if type(cell) is str:
            return self.bind(self.compiled(f"#{cell}"))
        if isinstance(names, Undefined):
            names._fail_with_undefined_error()
        if cell is None or isinstance(names, StandIn):
            raise TemplatesNotFound([path_of(names)])
        tried = list(self.iterate(names)) if self.truth(names) else []
        for name in tried:
            try:
                return self.find(name, parent)
            except (TemplateNotFound, UndefinedError):
                continue
        raise TemplatesNotFound([str(name) for name in tried])

    def default_module(self, template: RuntimeTemplate, extra_names: bool) -> RuntimeModule | None:
        """Create a module that the recorded render shared; ``None`` if the render created the
        module itself.
        """
        cell = self.answers.ask(NOBODY, op.MODULE)
        self.unshared = cell is True
        if type(cell) is not list:
            return None if self.unshared else template._module
        kept = self.value(cell, template.name or "")
        if not isinstance(kept, dict):
            raise ReplayError(
                "the recording has another value where the template imported a module"
            )
        exported = {
            name[1:]: MACRO if name[0] == "=" else value
            for name, value in kept.items()
            if name[:1] in {"=", "."}
        }
        cells = {name: CellType(value) for name, value in kept.items() if name.startswith(VARIABLE)}
        whole = (
            template.compiled.variables is not None and template.compiled.variables <= cells.keys()
        )
        body = kept.get("", "")
        text = {"": body if type(body) is list else [str(body)]}
        return template.shared_module(
            template.new_context(), cells if whole else None, text | exported
        )

    def call_exported(self, template: RuntimeTemplate, name: str) -> Iterator[Any]:
        """Call a macro that Python called."""
        macro: Any = vars(template._get_default_module())[name]
        yield macro._func(*self.value(self.answers.ask(NOBODY, op.ARGUMENTS), name))

    def imports_anew(self, extra_names: bool) -> bool:
        """Whether a module was created for one import only."""
        return self.unshared
