"""What is kept once per content hash and shared by many frames."""

from __future__ import annotations

from typing import Any

import msgspec
from jinja2 import Environment, nodes

from ..errors import DecodeError
from . import syntax
from .constants import Constants
from .folding import fold
from .ignoring import asking


class TemplateDocument(msgspec.Struct, frozen=True, array_like=True):
    """One template as it was used.

    :param name: its name, ``""`` for one made from a string.
    :param autoescape: whether its environment escapes the output of a template of this name.
    :param source: as the loader gave it.
    :param tree: as Jinja parsed it, see ``syntax``.
    """

    name: str
    autoescape: bool
    source: str
    tree: list[Any]


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of an environment that shape a render.

    :param undefined: name of Jinja's undefined type, ``""`` for one of the app's own.
    :param finalize: whether the app looks at every value before it is printed.
    :param filters: names of the filters that only the app can answer for.
    :param tests: names of such tests.
    :param binops: operators on two operands that a sandboxed environment wants to see.
    :param unops: such operators on one.
    :param policies: Jinja's policies that are plain values.
    :param reads: whether its environment reads attributes and items in a way of its own.
    :param names: whether the app's contexts find names in a way of their own.
    :param asks_again: whether its Python asks the value of an inner ``a or b`` for its truth again.
    :param formats_in_turn: whether ``"%s%s" % (a, b)`` was recorded as Python does it, one text
        after the other.
    :param native: whether its templates yield values in the place of texts.
    :param concat: how it puts pieces together, see ``natives``.
    :param gathers: whether it took all pieces before it put them together: an asynchronous one
        does.
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


def parse(
    environment: Environment,
    name: str | None,
    filename: str | None,
    source: str,
    app: Environment,
    constants: Constants | None = None,
) -> TemplateDocument:
    """Parse a template as its environment would.

    :param app: the environment that says what of it is constant.
    :param constants: what it said of that already, ``None`` if nobody noted it.
    :raises TemplateSyntaxError: the source is not well-formed.
    """
    tree = fold(
        environment, asking(environment)._parse(source, name, filename), name, app, constants
    )
    autoescape = nodes.EvalContext(environment, name).autoescape
    return TemplateDocument(name or "", bool(autoescape), source, syntax.write(tree))


def read_template(data: bytes) -> TemplateDocument:
    """Read a template's document.

    :raises DecodeError: the bytes are none.
    """
    try:
        return msgspec.msgpack.decode(data, type=TemplateDocument)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DecodeError(f"not a template: {error}") from error


def read_setup(data: bytes) -> Setup:
    """Read a setup document.

    :raises DecodeError: the bytes are none.
    """
    try:
        return msgspec.msgpack.decode(data, type=Setup)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DecodeError(f"not a setup: {error}") from error
