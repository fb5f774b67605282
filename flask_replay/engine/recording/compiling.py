"""Compile an app's template again, instrumented: its twin."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import msgspec
from jinja2 import Environment, Template, nodes
from jinja2.utils import _PassArg

from ...codec import digest_key
from ...sanitize.names import sensitive
from .. import operations as op
from .. import syntax
from ..compiled import Compiled
from ..constants import Constants
from ..documents import parse
from ..instrument import generate
from ..overlays import overlay_of
from .constants import GENERATORS, plain_generator
from .setups import WrittenSetup, same_state, setup_of
from .sources import Unrecordable, overrides, source_of, still_makes

_KEPT = 256
"""Twins of an environment that are cached for templates made again from the same source."""

_BYPASSED: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (
        Template,
        "template",
        ("make_module", "make_module_async", "_get_default_module", "_get_default_module_async"),
    ),
    (Environment, "environment", ("get_or_select_template",)),
)
"""Methods that a runtime replaces, so that an override by the app would have no effect."""


def check(template: Template) -> None:
    """Check that a twin would behave exactly like the template.

    :raises Unrecordable: a class of the app overrides a method that a twin does not call.
    """
    for kind, word, names in _BYPASSED:
        own = template if kind is Template else template.environment
        for name in names:
            if overrides(own, kind, name):
                raise Unrecordable(f"its {word}'s class has a {name} of its own")
    if plain_generator(template.environment) not in GENERATORS:
        raise Unrecordable("its environment has a code generator of its own")


def twin_of(
    template: Template,
    source: str,
    now: WrittenSetup,
    then: WrittenSetup,
    constants: Constants | None,
) -> Compiled:
    """Return the instrumented compilation of a template. It is cached by its source.

    :param source: the source from which the template was made.
    :param now: the environment as it is.
    :param then: the environment as it was when the app compiled the template. The app's code
        contains the constants of that time, and calls functions in the way of that time.
    :param constants: the noted constants.
    :raises Unrecordable: the template has no twin.
    """
    known_constants = None if constants is None else constants.key
    made_of = (template.name, template.filename, source, then, known_constants)
    known = now.twins.get(made_of)
    if known is None:
        try:
            known = _compile(template, source, now, then, constants)
        except Unrecordable as error:
            known = str(error)
        except Exception as error:  # extensions and code generators of the app may raise anything
            known = f"it cannot be instrumented: {type(error).__name__}: {error}"[:200]
        now.twins[made_of] = known
        if len(now.twins) > _KEPT:
            now.twins.popitem(last=False)
    if isinstance(known, str):
        raise Unrecordable(known)
    code, key, document = known
    return Compiled(Template.from_code(template.environment, code, template.globals), key, document)


def python_of(template: Template) -> str:
    """Return the instrumented Python of a template, for people to read.

    :raises Unrecordable: the template has no twin.
    """
    check(template)
    setup = setup_of(template.environment)
    source, constants = source_of(template, None, None)
    modules: list[ast.Module] = []
    _compile(template, source, setup, setup, constants, modules.append)
    return ast.unparse(modules[0])


def _compile(
    template: Template,
    source: str,
    now: WrittenSetup,
    then: WrittenSetup,
    constants: Constants | None,
    rewrite: Callable[[ast.Module], object] | None = None,
) -> tuple[Any, str, bytes]:
    environment, name, filename = template.environment, template.name, template.filename
    for before, today in ((then.filters, now.filters), (then.tests, now.tests)):
        for function in before.keys() & today.keys():
            if _PassArg.from_obj(before[function]) is not _PassArg.from_obj(today[function]):
                raise Unrecordable(
                    f"{function!r} was replaced by a function that must be called differently"
                )
    if not same_state(then.shape, now.shape) and not still_makes(template, source, constants):
        raise Unrecordable(
            "its environment generates other code than when the template was compiled"
        )
    if (then.finalize is None) is not (now.finalize is None):
        raise Unrecordable("finalize was set or unset since it was compiled")
    overlay = _overlay(environment, now)
    if constants is not None and constants.escapes is not None:
        overlay.autoescape = constants.escapes
    app = environment
    if then is not now:
        app = overlay_of(environment)
        app.filters, app.tests, app.finalize = then.filters, then.tests, then.finalize
    document = parse(overlay, name, filename, source, app, constants)
    # compiles the same tree as a replay, including the normalization by writing and reading
    tree = syntax.read(document.tree)
    imports: Any = tree.find_all((nodes.Import, nodes.FromImport))
    if now.escapes and environment.is_async and not all(node.with_context for node in imports):
        raise Unrecordable(
            "its module would be escaped as in this request, and the app's as in an earlier one"
        )
    code = generate(overlay, tree, name, filename, sensitive=sensitive, rewrite=rewrite)
    data = msgspec.msgpack.encode(document)
    return code, digest_key(data), data


def _overlay(environment: Environment, setup: WrittenSetup) -> Environment:
    """Return an environment in which compiling calls no filter, test or ``finalize`` of the app.

    Jinja evaluates constant calls at compile time. The app's results would then be in the code and
    not in the record. Functions that want the context are never called at compile time.
    """
    overlay = overlay_of(environment)
    overlay.code_generator_class = plain_generator(environment)
    overlay.filters = setup.filters | dict.fromkeys(setup.foreign_filters, op.postponed)
    overlay.tests = setup.tests | dict.fromkeys(setup.foreign_tests, op.postponed)
    if environment.finalize is not None:
        overlay.finalize = op.postponed
    return overlay
