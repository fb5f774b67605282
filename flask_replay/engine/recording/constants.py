"""Note the results of constant expressions while the app compiles its templates."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

import msgspec
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nativetypes import NativeCodeGenerator

from ...boundary import Boundary
from .. import syntax
from ..constants import ConstantPlace, Constants, answering, expressions, noting
from ..ignoring import ReplayIgnore
from .compilations import LAST
from .setups import setup_of
from .sources import has_parsing_extensions

GENERATORS = (CodeGenerator, NativeCodeGenerator)
"""Code generators whose output a replay can reproduce."""


class Noting(CodeGenerator):
    """Notes constants. Its code is the same as that of the class that it extends."""

    boundary: Boundary

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Compile a template."""
        self.constants = known = LAST.known
        self.places: dict[int, ConstantPlace] = {}
        changed: list[nodes.Expr] = []
        with self.boundary.guard("see what is constant in a template"):
            constants = self.constants = known or Constants()
            if known is None and has_parsing_extensions(self.environment):
                constants.tree = _written(node)
            for place, expression in _asking(self.environment, node):
                self.places[id(expression)] = place
                changed.append(expression)
                own = (
                    noting(constants, place, expression)
                    if known is None
                    else answering(constants, place)
                )
                vars(expression)["as_const"] = own
        try:
            super().visit_Template(node, frame)
        finally:
            for expression in changed:
                vars(expression).pop("as_const", None)
        if known is None:
            LAST.name, LAST.constants = self.name, self.constants

    def enter_frame(self, frame: Frame) -> None:
        """Enter a scope. The first one tells whether the template's output is escaped, which an app
        may decide anew each time.
        """
        if self.constants is not None and self.constants.escapes is None:
            self.constants.escapes = bool(frame.eval_ctx.autoescape)
        super().enter_frame(frame)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> Any:
        place, constants = self.places.get(id(node)), self.constants
        if place is None or constants is None:
            return super()._output_child_to_const(node, frame, finalize)
        if LAST.known is constants:
            return constants.answer(constants.printed, place)
        ask = super()._output_child_to_const
        return constants.note(constants.printed, place, lambda: ask(node, frame, finalize))


def _written(tree: nodes.Template) -> bytes:
    """Return a tree as bytes; none for a template that must be parsed again."""
    data = b""
    with suppress(Exception):  # what cannot be written has no twin, and the reason is found then
        data = msgspec.msgpack.encode(syntax.write(tree))
    ignores = ReplayIgnore.identifier.encode() in data  # its parts are parsed in another way
    return b"" if ignores else data


def _asking(
    environment: Environment, tree: nodes.Template
) -> list[tuple[ConstantPlace, nodes.Expr]]:
    setup = setup_of(environment)

    def is_foreign(node: nodes.Filter | nodes.Test) -> bool:
        return node.name in (
            setup.foreign_filters if isinstance(node, nodes.Filter) else setup.foreign_tests
        )

    return expressions(tree, environment, is_foreign)


def note_constants(environment: Environment, boundary: Boundary) -> None:
    """Note constants in an environment's compilations, unless the app has its own code
    generator.
    """
    plain = environment.code_generator_class
    if plain in GENERATORS:
        own = {"boundary": boundary, "__module__": plain.__module__}
        environment.code_generator_class = cast(
            type[CodeGenerator], type(plain.__name__, (Noting, plain), own)
        )


def plain_generator(environment: Environment) -> type[CodeGenerator]:
    """Return the code generator class of an environment without the noting of constants."""
    kind = environment.code_generator_class
    return kind.__bases__[1] if kind.__bases__[0] is Noting else kind
