"""The results of constant expressions, noted while the app's template was compiled.

Jinja evaluates constant expressions at compile time. That includes filters, tests and ``finalize``
of the app if all their arguments are constant. A second compilation takes these results from here,
so that the app's functions are called as often as without a recorder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import has_safe_repr

from .operations import overrides_reads

ConstantPlace = tuple[int, str, int]
"""Line, kind, and number among the expressions of that kind on that line. It is the same each time
a source is parsed.
"""


class Constants:
    """The results of the constant expressions of one template, by their places.

    :ivar values: the value that the code contains for an expression.
    :ivar printed: the text that the code contains for a printed expression, after ``finalize``.
    :ivar tree: the tree that extensions of the app helped to make, as data in bytes. They may make
        another one of the same source the next time.
    :ivar escapes: whether the code escapes what it prints; ``None`` until the compiler asks.
    """

    def __init__(self) -> None:
        self.tree = b""
        self.escapes: bool | None = None
        self.values: dict[ConstantPlace, Any] = {}
        self.printed: dict[ConstantPlace, Any] = {}

    @property
    def key(self) -> tuple[object, ...]:
        """Return a value that is the same for equal constants. It is made for each render."""
        return self.escapes, repr((self.values, self.printed)), self.tree

    def note(
        self, results: dict[ConstantPlace, Any], place: ConstantPlace, evaluate: Callable[[], Any]
    ) -> Any:
        """Evaluate an expression, note the result and return it. If an expression is evaluated
        several times, the last result is the one in the code.

        :param results: ``values`` or ``printed``.
        :raises Exception: whatever ``evaluate`` raises.
        """
        results.pop(place, None)
        answer = evaluate()
        if has_safe_repr(answer):
            results[place] = answer
        return answer

    def answer(self, results: dict[ConstantPlace, Any], place: ConstantPlace) -> Any:
        """Return a noted result.

        :raises Impossible: there is none.
        """
        try:
            return results[place]
        except KeyError:
            raise nodes.Impossible from None


def expressions(
    tree: nodes.Template, app: Environment, is_foreign: Callable[[nodes.Filter | nodes.Test], bool]
) -> list[tuple[ConstantPlace, nodes.Expr]]:
    """Return the expressions that call functions of the app, each with its place.

    :param app: the app's environment.
    :param is_foreign: returns whether a filter or test belongs to the app.
    """
    finalized, reads = app.finalize is not None, overrides_reads(app)
    found: list[tuple[ConstantPlace, nodes.Expr]] = []
    counts: Counter[tuple[int, str]] = Counter()

    def look(node: nodes.Node, printed: bool) -> bool:
        place = (node.lineno, type(node).__name__)
        counts[place] += 1
        number = counts[place]
        calls_app = isinstance(node, nodes.Filter | nodes.Test) and is_foreign(node)
        calls_app = calls_app or (reads and isinstance(node, nodes.Getattr | nodes.Getitem))
        within = finalized and isinstance(node, nodes.Output)
        for child in node.iter_child_nodes():
            calls_app = look(child, within) or calls_app
        if (
            (calls_app or printed)
            and isinstance(node, nodes.Expr)
            and not isinstance(node, nodes.TemplateData)
        ):
            found.append(((*place, number), node))
        return calls_app

    look(tree, False)
    return found


def noting(constants: Constants, place: ConstantPlace, node: nodes.Expr) -> Callable[..., Any]:
    """Return a replacement for the ``as_const`` of an expression during the app's compilation."""
    own = type(node).as_const
    return lambda context=None: constants.note(constants.values, place, partial(own, node, context))


def answering(constants: Constants, place: ConstantPlace) -> Callable[..., Any]:
    """Return a replacement for the ``as_const`` of an expression in another compilation."""
    return lambda context=None: constants.answer(constants.values, place)
