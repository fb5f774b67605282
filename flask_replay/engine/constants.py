"""What an app's compilation made of constants, noted while it did.

Jinja runs what it can while it compiles: filters, tests and ``finalize`` of the app's, where all
they are given is constant. A second compilation takes their answers from here, so that they are
asked as often as if there were none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import has_safe_repr

from .operations import reads_its_own_way

ConstantPlace = tuple[int, str, int]
"""Line, kind, and number among those of that kind and line, of an expression: the same each time a
source is parsed.
"""


class Constants:
    """What the expressions of one template were, by their places; one that is not in here was not
    constant.

    :ivar values: what stands in the code for an expression.
    :ivar printed: what stands there for one that is printed, as ``finalize`` gave it.
    """

    def __init__(self) -> None:
        self.values: dict[ConstantPlace, Any] = {}
        self.printed: dict[ConstantPlace, Any] = {}

    def __repr__(self) -> str:
        """Return a text that is the same for equal constants."""
        return f"{self.values!r} {self.printed!r}"

    def note(
        self, found: dict[ConstantPlace, Any], place: ConstantPlace, ask: Callable[[], Any]
    ) -> Any:
        """Return what is asked for, and note it; what was asked last is what the code has.

        :param found: ``values`` or ``printed``.
        :raises Exception: what ``ask`` raises.
        """
        found.pop(place, None)
        answer = ask()
        if has_safe_repr(answer):
            found[place] = answer
        return answer

    def answer(self, found: dict[ConstantPlace, Any], place: ConstantPlace) -> Any:
        """Return what was noted.

        :raises Impossible: nothing was.
        """
        try:
            return found[place]
        except KeyError:
            raise nodes.Impossible from None


def expressions(
    tree: nodes.Template, app: Environment, is_foreign: Callable[[nodes.Filter | nodes.Test], bool]
) -> list[tuple[ConstantPlace, nodes.Expr]]:
    """Return the expressions in which an app is asked something, each with its place.

    :param app: its environment.
    :param is_foreign: tells whether a filter or test is the app's.
    """
    finalized, reads = app.finalize is not None, reads_its_own_way(app)
    found: list[tuple[ConstantPlace, nodes.Expr]] = []
    counts: Counter[tuple[int, str]] = Counter()

    def look(node: nodes.Node, printed: bool) -> bool:
        place = (node.lineno, type(node).__name__)
        counts[place] += 1
        number = counts[place]
        asked = isinstance(node, nodes.Filter | nodes.Test) and is_foreign(node)
        asked = asked or (reads and isinstance(node, nodes.Getattr | nodes.Getitem))
        within = finalized and isinstance(node, nodes.Output)
        for child in node.iter_child_nodes():
            asked = look(child, within) or asked
        if (
            (asked or printed)
            and isinstance(node, nodes.Expr)
            and not isinstance(node, nodes.TemplateData)
        ):
            found.append(((*place, number), node))
        return asked

    look(tree, False)
    return found


def noting(constants: Constants, place: ConstantPlace, node: nodes.Expr) -> Callable[..., Any]:
    """Return what stands for the ``as_const`` of an expression while the app's compilation runs."""
    own = type(node).as_const
    return lambda context=None: constants.note(constants.values, place, partial(own, node, context))


def answering(constants: Constants, place: ConstantPlace) -> Callable[..., Any]:
    """Return what stands for the ``as_const`` of an expression in another compilation."""
    return lambda context=None: constants.answer(constants.values, place)
