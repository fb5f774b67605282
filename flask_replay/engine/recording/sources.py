"""Find the source that a template was made from; a template whose source has changed since is left
alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from jinja2.ext import Extension

from ..constants import Constants
from .compilations import LAST

UNSEEN = "its source is not to be had"
CHANGED = "its source has changed since it was compiled"

_COMPILING = ("compile", "_parse", "_generate", "_compile", "_tokenize", "preprocess")
"""Methods of an environment between a source and its code."""


class Sources(threading.local):
    """The source that this thread read last: the template made next is made of it."""

    name: str | None = None
    source: str | None = None

    def take(self, name: str | None) -> str | None:
        """Return the source of a template that was just made, ``None`` if it was not read on the
        way.
        """
        source = self.source if self.name == name else None
        self.source = None
        return source


class SourceKeeper(Extension):
    """Sees each template's source before anything else does."""

    identifier = "flask_replay.sources"
    priority = -(10**6)
    last: Sources

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Note a source, and hand it on unchanged."""
        self.last.name, self.last.source = name, source
        return source


class Unrecordable(Exception):
    """Say why a render is left to the app's own code."""


def source_of(
    template: Template, seen: str | None, constants: Constants | None
) -> tuple[str, Constants | None]:
    """Return the source of a template, and what is constant in it.

    A source that was not seen when the template was made is asked of the loader now. It counts only
    if the code that stands there is what the environment makes of it: templates stay in use when
    their files change, and may come from compiled modules. Then what the app says of constants is
    known to stand in the code.

    :param seen: what was read when the template was made.
    :param constants: what was noted when it was compiled; without it the app is asked, once.
    :raises Unrecordable: there is none.
    """
    environment = template.environment
    if seen is not None and not _compiles_by_itself(environment):
        return seen, constants
    sources = [seen] if seen is not None else _loaded(environment, template.name)
    why = UNSEEN
    for source in sources:
        noted = constants
        for deferred in (False, True):  # modules are compiled to find their environment later
            with LAST.again(noted):
                made = _makes(template, source, deferred=deferred)
            noted = noted or LAST.take(template.name)
            if made:
                return source, noted
        why = CHANGED
    raise Unrecordable(why)


def _compiles_by_itself(environment: Environment) -> bool:
    """Whether an app's environment makes code of a source in a way of its own."""
    return any(overrides(environment, Environment, name) for name in _COMPILING)


def overrides(value: Any, kind: type, name: str) -> bool:
    """Whether an app's class has a method of its own; who wraps that of Jinja's class is called
    like that.
    """
    return name in vars(value) or _in_class(type(value), name) is not _in_class(kind, name)


def _in_class(kind: type, name: str) -> Any:
    """Return what a class has under a name, as it stands there."""
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)


def _loaded(environment: Environment, name: str | None) -> Iterator[str]:
    """Return the sources of a name, of all loaders: one without sources may stand before the one
    that has it.
    """
    if name is None:
        return
    app = getattr(
        environment, "app", None
    )  # a loader of modules may stand in the place of the app's own
    beside = getattr(app, "create_global_jinja_loader", None)
    for loader in _loaders(environment.loader, beside):
        try:
            yield loader.get_source(environment, name)[0]
        except (TemplateNotFound, RuntimeError):  # RuntimeError: a loader that has no sources
            continue


def _loaders(loader: BaseLoader | None, beside: Any) -> Iterator[BaseLoader]:
    if loader is not None:
        yield loader
        yield from getattr(loader, "loaders", ())
    if beside is not None:
        yield beside()


def _makes(template: Template, source: str, *, deferred: bool) -> bool:
    """Whether an environment makes of a source the code that a template has."""
    environment = template.environment
    own = template.__dict__
    tree = environment._parse(source, template.name, template.filename)
    python = environment._generate(tree, template.name, template.filename, defer_init=deferred)
    module = compile(python, template.filename or "<template>", "exec", dont_inherit=True)
    made = {code.co_name: code for code in module.co_consts if isinstance(code, CodeType)}
    blocks = {name: function.__code__ for name, function in own["blocks"].items()}
    return all(
        made.get(code.co_name) == code
        for code in (own["root_render_func"].__code__, *blocks.values())
    )
