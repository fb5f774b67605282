"""Record what a render reads: a flat log, written while the template runs.

Each entry of the log is three items in a row: subject, question, answer. The subject is the very
object that was asked, or :data:`FREE` for a question that no single object owns, or the names
of a context. Nothing is made of the log before the response has left (see ``grouping``); until then
the log only holds on to the objects.

An operation is noted if one of its operands is opaque, that is: not plain and not made by the
template; or if the callee, filter or test is the app's. All other operations are done again in a
replay. Operands are compared by identity and type only, and asked nothing the template did not ask.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, Template

from ..compiled import Compiled
from . import core
from .calls import RecordedCalls
from .filters_and_tests import RecordedFunctions
from .ignoring import RecordedIgnoring
from .includes import RecordedIncludes
from .iteration import RecordedIteration
from .operators import RecordedOperators
from .output import RecordedOutput
from .pieces import RecordedPieces
from .reads import RecordedReads
from .sensitive import RecordedSensitive
from .setups import WrittenSetup


class Tracer(
    RecordedReads,
    RecordedSensitive,
    RecordedCalls,
    RecordedOperators,
    RecordedIteration,
    RecordedOutput,
    RecordedPieces,
    RecordedIncludes,
    RecordedIgnoring,
):
    """The recording direction of a runtime: a part for each section of the protocol.

    :param base: the app's environment: what its own functions get to see.
    :param find: gives the compiled form of a template that the app's environment found.
    :param limit: entries after which the log stops growing.
    :param setup: of the environment.
    """

    def __init__(
        self,
        base: Environment,
        find: Callable[[Template], Compiled | None],
        limit: int,
        setup: WrittenSetup,
    ) -> None:
        super().__init__(base, limit)
        self.setup = setup
        self.environment.filters = RecordedFunctions(
            self, setup.filters, "|", setup.foreign_filters
        )
        self.environment.tests = RecordedFunctions(self, setup.tests, "is", setup.foreign_tests)
        self.bind_reads()
        self.bind_calls()
        self.bind_output()
        self.bind_pieces()
        self.bind_includes(find)
        self.bind_ignoring()
        core.hasten(self)
