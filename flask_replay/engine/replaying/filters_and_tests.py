"""Filters and tests in a replay. Jinja's own run again unless the trace has the answer; the app's
never run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Undefined
from jinja2.utils import _PassArg

from .. import operations as op
from ..objects import JINJA_TYPES, RuntimeEnvironment
from .answers import ABSENT
from .environment import Comparing, check_width
from .values import ReplayedValues, path_of

_COMPARING = frozenset({"max", "min"})
"""Filters that read an attribute of a loop and return the loop itself. No trace has it, so a replay
runs them again.
"""


class ReplayedFunctions:
    """Filters or tests. Jinja's own run again unless the trace has the answer; the app's only
    return answers.
    """

    def __init__(
        self,
        replayer: ReplayedValues,
        functions: Any,
        word: str,
        is_own: Callable[[str, object], bool],
    ) -> None:
        self.replayer = replayer
        self.functions = functions
        self.word = word
        self.is_own = is_own

    def __getitem__(self, name: str) -> Callable[..., Any]:
        function: Any = self.functions.get(name)
        word = f"{self.word} {name}"
        replayer = self.replayer
        base = replayer.sandbox
        own = self.is_own(name, function)
        passed = not own or _PassArg.from_obj(function) is not None
        naming, filters = name in op.NAMING_FILTERS, self.word == "|"
        reads = filters and name in op.ATTRIBUTE_FILTERS
        makes_undefined = replayer.own_undefined and filters and name in {"join", "map"}

        def run(*operands: Any, **keywords: Any) -> Any:
            first = operands[:1] if passed else ()
            operands = operands[len(first) :]
            given = (*operands, *keywords.values())
            noted = any(map(replayer.has_stand_in, given))
            silent = op.SILENT.issuperset(map(type, given))
            if not (noted or silent) and filters and name not in op.MOVING_FILTERS:
                noted = op.leads(given)
            if makes_undefined and not noted:
                noted = not op.meets(given, JINJA_TYPES)
            if reads and not noted:
                noted = op.is_private(name, operands, keywords.get("attribute"))
            if not own or noted or naming:
                operands = tuple(map(replayer.current, operands))
                cell = replayer.look_up(word, operands, keywords)
                if own:
                    replayer.lend_to_answer(cell, (*operands, *keywords.values()))
                else:
                    replayer.lend((*operands, *keywords.values()))
                if cell is not ABSENT:
                    return replayer.value(
                        cell, f"{path_of(operands[0])}|{name}" if operands else name
                    )
            if not own:
                return replayer.nothing(f"{path_of(operands[0]) if operands else ''}|{name}")
            if first and isinstance(first[0], RuntimeEnvironment):
                first = (Comparing(base) if base.gathers and name in _COMPARING else base,)
            check_width(name, operands[1:])
            answer = function(*first, *operands, **keywords)
            if not (noted or silent):
                answer = replayer.stable_text(word, operands, answer)
            if isinstance(answer, Undefined):
                return replayer.environment.undefined(name=answer._undefined_name)
            return answer

        return run
