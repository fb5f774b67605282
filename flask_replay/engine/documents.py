"""Documents that are stored once per content hash and shared by many frames."""

from __future__ import annotations

from typing import Any

import msgspec
from jinja2 import Environment, nodes

from ..codec.freeform import text
from ..errors import DecodeError
from . import syntax
from .constants import Constants
from .folding import fold
from .ignoring import for_twins


class TemplateDocument(msgspec.Struct, frozen=True, array_like=True):
    """One template as it was used.

    :param name: its name, ``""`` for one made from a string.
    :param autoescape: whether its code escapes what it prints.
    :param source: the source from the loader.
    :param tree: the syntax tree from Jinja, see ``syntax``.
    """

    name: str
    autoescape: bool
    source: str
    tree: list[Any]


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of an environment that shape a render.

    :param undefined: name of Jinja's undefined type, ``""`` for a type of the app.
    :param finalize: whether the environment has a ``finalize`` function.
    :param filters: names of the filters that only the app can run.
    :param tests: names of the tests that only the app can run.
    :param binops: binary operators that a sandboxed environment intercepts.
    :param unops: unary operators that it intercepts.
    :param policies: Jinja's policies that are plain values.
    :param reads: whether the environment overrides how attributes and items are read.
    :param names: whether the app's contexts override how names are resolved.
    :param asks_again: whether the app's Python tests the value of an inner ``a or b`` for truth
        again.
    :param formats_in_turn: whether ``"%s%s" % (a, b)`` was recorded as Python evaluates it, one
        text after the other.
    :param native: whether the templates yield values instead of texts.
    :param concat: how the environment joins pieces, see ``natives``.
    :param escapes: whether it was recorded of each context whether it escapes, because the app
        decides that anew each time.
    :param gathers: whether all pieces were collected before they were joined, as in an asynchronous
        environment.
    """

    undefined: str = "Undefined"
    finalize: bool = False
    filters: list[str] = []
    tests: list[str] = []
    binops: list[str] = []
    unops: list[str] = []
    policies: dict[str, Any] = {}
    asks_again: bool = False
    names: bool = False
    reads: bool = False
    formats_in_turn: bool = False
    native: bool = False
    concat: str = ""
    gathers: bool = False
    escapes: bool = False


def parse(
    environment: Environment,
    name: str | None,
    filename: str | None,
    source: str,
    app: Environment,
    constants: Constants | None = None,
) -> TemplateDocument:
    """Parse a template as its environment would.

    :param app: the environment whose functions evaluate constants.
    :param constants: what was noted when the app compiled it, ``None`` if nothing was.
    :raises TemplateSyntaxError: the source is not well-formed.
    """
    if constants is not None and constants.tree:
        tree = syntax.read(msgspec.msgpack.decode(constants.tree))
        tree.set_environment(environment)
    else:
        tree = for_twins(environment)._parse(source, name, filename)
    tree = fold(environment, tree, name, app, constants)
    autoescape = nodes.EvalContext(environment, name).autoescape
    return TemplateDocument(text(name or ""), bool(autoescape), source, syntax.write(tree))


def read_template(data: bytes) -> TemplateDocument:
    """Decode a template's document.

    :raises DecodeError: the bytes are not such a document.
    """
    try:
        return msgspec.msgpack.decode(data, type=TemplateDocument)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DecodeError(f"not a template: {error}") from error


def read_setup(data: bytes) -> Setup:
    """Decode a setup document.

    :raises DecodeError: the bytes are not such a document.
    """
    try:
        return msgspec.msgpack.decode(data, type=Setup)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DecodeError(f"not a setup: {error}") from error
