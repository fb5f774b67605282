"""Find the templates of ``{% include %}``, ``{% extends %}`` and ``{% import %}``, and note which
templates were found.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any, cast

from jinja2 import (
    BaseLoader,
    Environment,
    Template,
    TemplateNotFound,
    TemplatesNotFound,
    UndefinedError,
)
from jinja2.environment import TemplateModule

from .. import operations as op
from ..compiled import Compiled
from ..objects import RuntimeModule, RuntimeTemplate
from ..operations import LIVE
from .entries import FREE
from .log import Log
from .setups import WrittenSetup
from .shared_modules import adopt_module, hide_results
from .sources import Unrecordable

_USUAL = Environment.get_template, Environment._load_template
"""How Jinja finds a template by name: in the cache of the environment."""


def _joins_paths(environment: Environment) -> bool:
    """Whether a name may mean something else in each template. The app's function is not asked: it
    would see that.
    """
    return getattr(environment.join_path, "__func__", None) is not Environment.join_path


class RecordedIncludes(Log):
    """The part of a tracer that finds templates and shared modules.

    :ivar compiled: returns the twin of a template that the app's environment found, for a setup.
    :ivar setup: the setup of the environment.
    :ivar untraced: a part of the page ran as the app's own code.
    :ivar met: templates that this render already found, by identity.
    """

    setup: WrittenSetup

    def bind_includes(self, find: Callable[[Template, WrittenSetup], Compiled | None]) -> None:
        """Start without any template found."""
        self.compiled = find
        self.untraced = False
        self.met: dict[int, tuple[Template, Compiled | None]] = {}

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template as the app would, and remember what its name meant."""
        opaque = type(name) not in LIVE or self.opaque(name)
        try:
            template = (self._cached if self.adopting else self.base.get_template)(name, parent)
        except TemplateNotFound:
            if opaque:
                self.log.extend((name, op.TEMPLATE, None))
            raise
        compiled = self._twin(template)
        if compiled is None:
            return template
        if opaque:
            self.log.extend((name, op.TEMPLATE, compiled.key))
        elif parent is not None and _joins_paths(self.base):
            self.found[f"{parent}\n{name}"] = compiled.key
        else:
            self.found[str(name)] = compiled.key
        return self.bind(compiled, template)

    def _cached(self, name: str, parent: str | None) -> Template:
        """Return a template that an adopted module imports. The app does not ask for it now, so it
        is neither loaded nor counted as used, by which the cache chooses what it drops.

        :raises Unrecordable: it is no longer cached.
        """
        base = self.base
        if (type(base).get_template, type(base)._load_template) != _USUAL:
            # only the app's own class knows where it has it
            return base.get_template(name, parent)
        joined = name if parent is None else base.join_path(name, parent)
        found: Mapping[Any, Template] = getattr(base.cache, "_mapping", base.cache or {})
        template = found.get((weakref.ref(cast(BaseLoader, base.loader)), joined))
        if template is None:
            raise Unrecordable("a template that a module imports is no longer cached")
        return template

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates as the app would, and remember which it was."""
        try:
            template = self.base.select_template(names, parent)
        except (TemplatesNotFound, UndefinedError):
            self.log.extend((FREE, op.TEMPLATE, None))
            raise
        compiled = self._twin(template)
        if compiled is None:
            return template
        self.note(op.TEMPLATE, (names,), compiled.key)
        return self.bind(compiled, template)

    def _twin(self, template: Template) -> Compiled | None:
        """Return the twin of a template; ``None`` if the app's own code must run within this
        runtime.

        It is looked up once per render, however often a loop includes it, because the environment's
        setup does not change meanwhile.
        """
        met = self.met.get(id(template))
        if met is None:
            own = template.environment is self.base
            compiled = self.compiled(template, self.setup) if own else None
            self.untraced = self.untraced or compiled is None
            # keeps the template, so that its id is not reused
            met = self.met[id(template)] = (template, compiled)
        return met[1]

    def default_module(self, template: RuntimeTemplate, extra_names: bool) -> RuntimeModule | None:
        """Use the module that the app created earlier, or creates now as it would without a
        recorder.

        :raises Unrecordable: an adopted module imports it, and the app has created it for another
            object of the template, or only for it, so it would be created twice.
        """
        if extra_names and not self.adopting:
            return None
        if self._is_used(template, extra_names):
            return template._module
        before = len(self.log), len(self.lent)
        return self._adopted(template, template.own._get_default_module(), before)

    async def default_module_async(
        self, template: RuntimeTemplate, extra_names: bool
    ) -> RuntimeModule | None:
        """Do the same in an asynchronous environment."""
        if extra_names and not self.adopting:
            return None
        if self._is_used(template, extra_names):
            return template._module
        before = len(self.log), len(self.lent)
        module = await template.own._get_default_module_async()
        return self._adopted(template, module, before)

    def _is_used(self, template: RuntimeTemplate, extra_names: bool) -> bool:
        """Whether this render already uses the app's module. Another request may have created one
        at the same time, and replaced it.
        """
        if self.adopting and (extra_names or template.own._module is None):
            raise Unrecordable("a template that a module imports has changed")
        module: Any = template._module
        if module is None or self.adopted.get(id(module), module) is not template.own._module:
            return False
        self.log.extend((FREE, op.MODULE, False))
        return True

    def _adopted(
        self, template: RuntimeTemplate, module: TemplateModule, before: tuple[int, int]
    ) -> RuntimeModule:
        self.drop(*before)
        try:
            return adopt_module(self, template, module)
        except Unrecordable:
            self.untraced = True
            hide_results(self, module)
            return cast(RuntimeModule, module)
        except Exception as error:
            self.failed(error)
            return cast(RuntimeModule, module)  # the app's own does as well

    def imports_anew(self, extra_names: bool) -> bool:
        """Whether an import gets its own module."""
        self.log.extend((FREE, op.MODULE, extra_names))
        return extra_names
