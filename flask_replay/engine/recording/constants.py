"""Note what an app's own compilation makes of constants."""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nativetypes import NativeCodeGenerator

from ...boundary import Boundary
from ..constants import ConstantPlace, Constants, answering, expressions, noting
from .compilations import LAST
from .setups import setup_of

GENERATORS = (CodeGenerator, NativeCodeGenerator)
"""What they make of a template, a replay makes, too."""


class Noting(CodeGenerator):
    """Notes what is constant; the code that it makes is that of the class it stands before."""

    boundary: Boundary

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Compile a template."""
        self.constants = known = LAST.known
        self.places: dict[int, ConstantPlace] = {}
        changed: list[nodes.Expr] = []
        with self.boundary.guard("see what is constant in a template"):
            constants = self.constants = known or Constants()
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

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> Any:
        place, constants = self.places.get(id(node)), self.constants
        if place is None or constants is None:
            return super()._output_child_to_const(node, frame, finalize)
        if LAST.known is constants:
            return constants.answer(constants.printed, place)
        ask = super()._output_child_to_const
        return constants.note(constants.printed, place, lambda: ask(node, frame, finalize))


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
    """Let an environment's compilations note what is constant, unless they are of a way of their
    own.
    """
    plain = environment.code_generator_class
    if plain in GENERATORS:
        own = {"boundary": boundary, "__module__": plain.__module__}
        environment.code_generator_class = cast(
            type[CodeGenerator], type(plain.__name__, (Noting, plain), own)
        )


def plain_generator(environment: Environment) -> type[CodeGenerator]:
    """Return the class that generates an environment's code, as if nothing were noted."""
    kind = environment.code_generator_class
    return kind.__bases__[1] if kind.__bases__[0] is Noting else kind
