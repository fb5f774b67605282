"""Constants that are evaluated when the app's template is compiled: a filter on a literal, the text
of a literal.

Jinja evaluates them once for all renders, so every page contains these results of the app's
functions. The template's document stores them, because a replay does not have the functions. The
results come from the app's own compilation, see ``constants``, or from the one that proved which
source its code came from.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import has_safe_repr
from jinja2.filters import FILTERS
from jinja2.tests import TESTS
from jinja2.utils import _PassArg
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from . import operations as op
from .constants import Constants, expressions
from .natives import is_native
from .syntax import literal


def fold(
    environment: Environment,
    tree: nodes.Template,
    name: str | None,
    app: Environment,
    constants: Constants | None = None,
) -> nodes.Template:
    """Replace calls of the app's functions with constants by their results.

    :param environment: an environment in which functions of the app are ``postponed``.
    :param name: name of the template.
    :param app: the environment that has the functions.
    :param constants: results noted when the app's code was compiled. If ``None``, the functions are
        called again.
    """
    folding = (
        _Folding(environment, app, name)
        if constants is None
        else _Noted(environment, app, name, constants, tree)
    )
    folded: nodes.Template = folding.visit(tree)
    return folded


class _Folding(NodeTransformer):
    """Calls the app's filters, tests and ``finalize`` if all arguments are constant."""

    def __init__(self, environment: Environment, app: Environment, name: str | None) -> None:
        self.environment = environment
        self.app = app
        self.context = nodes.EvalContext(environment, name)
        self.context.environment = app
        self.native = is_native(app)
        self.own_undefined = app.undefined not in op.LIVE
        finalize: Any = app.finalize
        mark = _PassArg.from_obj(finalize)
        self.passed = () if mark is None else (app,)
        self.prints = mark in {None, _PassArg.environment}

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier) -> nodes.Node:
        """Visit the body of ``{% autoescape %}``."""
        saved = self.context.save()
        for option in node.options:
            if isinstance(option.value, nodes.Const):
                setattr(self.context, option.key, option.value.value)
            else:
                self.context.volatile = True
        self.generic_visit(node)
        self.context.revert(saved)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """Print constants. Jinja does so with any value, even one that generated code cannot
        contain.
        """
        node.nodes = [self._printed(child) for child in node.nodes]
        return node

    def _printed(self, child: nodes.Expr) -> nodes.Expr:
        if isinstance(child, nodes.TemplateData):
            return child
        if self.prints:
            with suppress(Exception):  # like in Jinja, any failure here is left to the render
                text = self._text(child)
                if (
                    self.app.finalize is not None
                    or self.own_undefined
                    or self._asks_app(child)
                    or op.has_address(text)
                ):
                    return nodes.TemplateData(text, lineno=child.lineno)
        visited: nodes.Expr = self.visit(child)
        return visited

    def _text(self, child: nodes.Expr) -> str:
        """Return the printed text of a constant.

        :raises Exception: the expression is not constant.
        """
        constant = child.as_const(self.context)
        if self.native and not has_safe_repr(constant):
            raise nodes.Impossible
        constant = escape(constant) if self.context.autoescape and not self.native else constant
        finalize: Any = self.app.finalize
        return str(constant if finalize is None else finalize(*self.passed, constant))

    def _asks_app(self, node: nodes.Node) -> bool:
        return self._asks(node) or any(map(self._asks, node.find_all((nodes.Filter, nodes.Test))))

    def _asks(self, node: nodes.Node) -> bool:
        return (
            isinstance(node, nodes.Filter | nodes.Test)
            and self._functions(node).get(node.name) is op.postponed
        )

    def _functions(self, node: nodes.Filter | nodes.Test) -> dict[str, Any]:
        functions: dict[str, Any] = (
            self.environment.filters if isinstance(node, nodes.Filter) else self.environment.tests
        )
        return functions

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        """Apply a filter of the app to a constant."""
        return self._answered(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        """Apply a test of the app to a constant."""
        return self._answered(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        """Read an attribute of a constant in an environment that overrides such reads."""
        return self._read(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """Read an item of a constant in an environment that overrides such reads."""
        return self._read(node)

    def _read(self, node: nodes.Getattr | nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        return self._constant(node) if op.overrides_reads(self.app) else node

    def _answered(self, node: nodes.Filter | nodes.Test) -> nodes.Node:
        self.generic_visit(node)
        return self._constant(node) if self._asks(node) else node

    def _constant(self, node: nodes.Expr) -> nodes.Expr:
        """Return the value of a node if it is constant, else the node."""
        if not self.app.optimized:
            return node
        try:
            answer = node.as_const(self.context)
            return literal(answer, node.lineno) if has_safe_repr(answer) else node
        except nodes.Impossible:
            return node


class _Noted(_Folding):
    """Takes the results of the app's functions from the notes of its compilation."""

    def __init__(
        self,
        environment: Environment,
        app: Environment,
        name: str | None,
        constants: Constants,
        tree: nodes.Template,
    ) -> None:
        super().__init__(environment, app, name)
        self.constants = constants
        self.places = {id(node): place for place, node in expressions(tree, app, self._asks)}
        self.kept = tree  # keeps the ids of its nodes unique

    def visit(self, node: nodes.Node, *arguments: Any, **options: Any) -> Any:
        """Replace an expression by the constant in the app's code."""
        place = self.places.get(id(node))
        if place is not None and self.app.optimized and not self.context.volatile:
            with suppress(nodes.Impossible):
                return literal(self.constants.answer(self.constants.values, place), node.lineno)
        return super().visit(node, *arguments, **options)

    def _text(self, child: nodes.Expr) -> str:
        place, printed = self.places.get(id(child)), self.constants.printed
        plain = self.app.finalize is None and self._is_plain(child)
        if place is None or (plain and place not in printed):
            return super()._text(child)
        return str(self.constants.answer(printed, place))

    def _constant(self, node: nodes.Expr) -> nodes.Expr:
        return super()._constant(node) if self._is_plain(node) else node

    def _is_plain(self, node: nodes.Expr) -> bool:
        """Whether only Jinja's own functions were called when the app's code was compiled. Their
        results were not noted.

        The app may have replaced them by its own functions since.
        """
        if op.overrides_reads(self.app):
            return False
        calls = [node, *node.find_all((nodes.Filter, nodes.Test))]
        return not any(
            _is_foreign(call, self.app)
            for call in calls
            if isinstance(call, nodes.Filter | nodes.Test)
        )


def _is_foreign(node: nodes.Filter | nodes.Test, app: Environment) -> bool:
    """Whether a filter or test in an environment is not Jinja's own."""
    own, given = (FILTERS, app.filters) if isinstance(node, nodes.Filter) else (TESTS, app.tests)
    return given.get(node.name) is not own.get(node.name)
