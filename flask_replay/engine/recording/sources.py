"""Find the source from which a template was made. A template whose source has changed since then is
not recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, TemplateSyntaxError
from jinja2.ext import Extension

from ..constants import Constants
from .compilations import LAST
from .failures import PACKAGE

UNSEEN = "its source is not available"
CHANGED = "its source has changed since it was compiled"

_COMPILING = ("compile", "_parse", "_generate", "_compile", "_tokenize", "preprocess")
"""Methods of an environment that turn a source into code."""


class Sources(threading.local):
    """The source that this thread read last, which belongs to the template that is made next."""

    name: str | None = None
    source: str | None = None

    def take(self, name: str | None) -> str | None:
        """Return the source of a template that was just made, ``None`` if it was not read in the
        process.
        """
        source = self.source if self.name == name else None
        self.source = None
        return source


class SourceKeeper(Extension):
    """Reads each template's source before other extensions do."""

    identifier = "flask_replay.sources"
    priority = -(10**6)
    last: Sources

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Note a source, and return it unchanged."""
        self.last.name, self.last.source = name, source
        return source


class Unrecordable(Exception):
    """Raised when a render must be left to the app's own code; the message says why."""


def source_of(
    template: Template, seen: str | None, constants: Constants | None
) -> tuple[str, Constants | None]:
    """Return the source of a template, and its constants.

    If the source was not seen when the template was made, the loader is asked now. The result
    counts only if the environment generates the template's present code from it, because templates
    stay in use when their files change, and may come from compiled modules. Then the app's results
    of constant expressions are known to be in the code.

    :param seen: the source that was read when the template was made.
    :param constants: the constants noted during compilation. Without them the app's functions are
        called once more.
    :raises Unrecordable: there is no such source.
    """
    environment = template.environment
    if seen is not None and not _compiles_by_itself(environment):
        return seen, constants
    sources = [seen] if seen is not None else _loaded(environment, template.name)
    why = UNSEEN
    for source in sources:
        noted = constants
        for deferred in (False, True):  # compiled modules use deferred initialization
            with LAST.again(noted):
                made = _makes(template, source, deferred=deferred)
            noted = noted or LAST.take(template.name)
            if made:
                return source, noted
        why = CHANGED
    raise Unrecordable(why)


def _compiles_by_itself(environment: Environment) -> bool:
    """Whether an app's environment overrides how code is made from a source."""
    return any(overrides(environment, Environment, name) for name in _COMPILING)


def still_makes(template: Template, source: str, constants: Constants | None) -> bool:
    """Whether an environment that has changed generates the code of a template all the same.

    :param source: the source from which the template was made.
    :param constants: the constants noted during compilation.
    """
    with LAST.again(constants), suppress(TemplateSyntaxError):
        return any(_makes(template, source, deferred=deferred) for deferred in (False, True))
    return False


def has_parsing_extensions(environment: Environment) -> bool:
    """Whether extensions of the app take part in parsing."""
    return any(
        overrides(extension, Extension, name)
        for extension in environment.extensions.values()
        if type(extension).__module__.partition(".")[0] not in {"jinja2", PACKAGE}
        for name in ("parse", "preprocess", "filter_stream")
    )


def overrides(value: Any, kind: type, name: str) -> bool:
    """Whether an object or its class overrides a method. A patch of Jinja's own class does not
    count, because a twin calls the patched method.
    """
    return name in vars(value) or _in_class(type(value), name) is not _in_class(kind, name)


def _in_class(kind: type, name: str) -> Any:
    """Return the attribute of a class as it is in the class dictionary."""
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)


def _loaded(environment: Environment, name: str | None) -> Iterator[str]:
    """Return the sources of a name from all loaders, because a loader without sources may precede
    the one that has it.
    """
    if name is None:
        return
    app = getattr(environment, "app", None)  # the app's loader may be a loader of modules
    beside = getattr(app, "create_global_jinja_loader", None)
    found: set[str] = set()
    for loader in _loaders(environment.loader, beside):
        try:
            source = loader.get_source(environment, name)[0]
        except (TemplateNotFound, RuntimeError):  # RuntimeError: a loader that has no sources
            continue
        if source not in found:
            found.add(source)
            yield source


def _loaders(loader: BaseLoader | None, beside: Any) -> Iterator[BaseLoader]:
    if loader is not None:
        yield loader
        yield from getattr(loader, "loaders", ())
    if beside is not None:
        yield beside()


def _makes(template: Template, source: str, *, deferred: bool) -> bool:
    """Whether an environment generates the code of a template from a source."""
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
