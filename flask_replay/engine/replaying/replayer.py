"""The replaying runtime: the same helpers as in a recording, with answers from the trace.

Every operation first checks whether the trace has its result: it does if an operand is a stand-in
for an object of the app, or if the callee, filter or test belonged to the app. All other operations
are repeated on plain values and on what the template created. If there is no answer, and no
operands to repeat the operation with, the value is absent: it renders empty, and its path is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jinja2.utils import Namespace

from .. import operations as op
from ..compiled import Compiled
from .answers import ABSENT, Answers
from .calls import ReplayedCalls
from .environment import ReplayEnvironment
from .filters_and_tests import ReplayedFunctions
from .ignoring import ReplayedIgnoring
from .includes import ReplayedIncludes
from .iteration import ReplayedIteration
from .operators import ReplayedOperators
from .output import ReplayedOutput
from .pieces import ReplayedPieces
from .reads import ReplayedReads
from .sensitive import ReplayedSensitive
from .standins import StandIn


class Replayer(
    ReplayedReads,
    ReplayedSensitive,
    ReplayedCalls,
    ReplayedOperators,
    ReplayedIteration,
    ReplayedOutput,
    ReplayedPieces,
    ReplayedIncludes,
    ReplayedIgnoring,
):
    """The replaying runtime, with a part for each section of the protocol.

    :param base: the environment of the replay.
    :param answers: the answers of the trace.
    :param find: returns the compiled template that a name meant, or raises ``TemplateNotFound``.
    :param own_undefined: whether the app's undefined values had a type of the app.
    """

    Namespace = (Namespace, StandIn)

    def __init__(
        self,
        base: ReplayEnvironment,
        answers: Answers,
        find: Callable[[str], Compiled],
        own_undefined: bool,
    ) -> None:
        super().__init__(base, answers)
        self.direct = DirectAnswers(self)
        self.compiled = find
        self.own_undefined = own_undefined
        self.unshared = False
        self.gathers = base.gathers
        self.environment.filters = ReplayedFunctions(self, base.filters, "|", op.is_own_filter)
        self.environment.tests = ReplayedFunctions(self, base.tests, "is", op.is_own_test)
        self.environment.finalize = self.finalize
        self.environment.undefined = self.undefined
        if base.concat_of:
            self.environment.concat = self.concat  # type: ignore[assignment]


class DirectAnswers:
    """Answers stand-ins that something reads directly: one of Jinja's filters, or Python itself.

    :param replayer: answers in the same way where the template's code asks.
    """

    def __init__(self, replayer: Replayer) -> None:
        self.replayer = replayer

    def text(self, stand_in: StandIn) -> str:
        return str(self.replayer.text_of(stand_in))

    def html(self, stand_in: StandIn) -> str:
        return str(self.replayer.escape(stand_in))

    def holds(self, stand_in: StandIn) -> bool:
        return bool(self.replayer.truth(stand_in))

    def count(self, stand_in: StandIn) -> int:
        return self.replayer.measure(stand_in)

    def items(self, stand_in: StandIn) -> Iterator[Any]:
        return iter(self.replayer.iterate(stand_in))

    def item(self, stand_in: StandIn, key: Any) -> Any:
        return (
            self.replayer.getattr(stand_in, key)
            if type(key) is str
            else self.replayer.getitem(stand_in, key)
        )

    def result(
        self, stand_in: StandIn, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        return self.replayer.call(None, None, None, stand_in, *arguments, **keywords)

    def comparison(self, sign: str, stand_in: StandIn, other: Any) -> Any:
        if sign in {"==", "!="} and isinstance(other, StandIn):
            cell = self.replayer.look_up(sign, (stand_in, other))
            if cell is ABSENT:
                return (stand_in._number == other._number) is (sign == "==")
            return self.replayer.value(cell, "")
        cell = self.replayer.look_up(sign, (other, stand_in) if sign == "in" else (stand_in, other))
        return sign == "!=" if cell is ABSENT else self.replayer.value(cell, "")
