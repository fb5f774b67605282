"""Record what a render reads: a flat log, written while the template runs.

Each entry of the log is three items in a row: subject, question, answer. The subject is the object
that was asked, or :data:`FREE` for a question that belongs to no object, or the names of a context.
The log is not processed before the response was sent (see ``grouping``); until then it only keeps
the objects alive.

An operation is noted if one of its operands is opaque, that is, neither plain nor created by the
template; or if the callee, filter or test belongs to the app. All other operations are repeated in
a replay. Operands are compared by identity and type only. Nothing is asked that the template does
not ask.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, Template

from ..compiled import Compiled
from . import core
from .calls import RecordedCalls
from .filters_and_tests import RecordedFunctions
from .given_objects import passes_contexts
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
    """The recording runtime, with a part for each section of the protocol.

    :param base: the app's environment, which its own functions see.
    :param find: returns the twin of a template that the app's environment found.
    :param limit: number of entries after which the log stops growing.
    :param setup: the setup of the environment.
    """

    def __init__(
        self,
        base: Environment,
        find: Callable[[Template, WrittenSetup], Compiled | None],
        limit: int,
        setup: WrittenSetup,
    ) -> None:
        super().__init__(base, limit)
        self.setup = setup
        self.shares = passes_contexts(base)
        self.environment.filters = RecordedFunctions(
            self, setup.filters, "|", setup.foreign_filters
        )
        self.environment.tests = RecordedFunctions(self, setup.tests, "is", setup.foreign_tests)
        self.bind_reads()
        self.bind_output()
        self.bind_pieces()
        self.bind_includes(find)
        self.bind_ignoring()
        core.bind_frequent_helpers(self)
