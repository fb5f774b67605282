"""Record the texts of values: what a page prints, escapes, joins and marks as safe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from jinja2.runtime import Context, markup_join, str_join
from markupsafe import Markup, escape

from ...trace.cells import PLAIN
from ...trace.type_sets import TypeSet
from .. import operations as op
from ..operations import LIVE
from .entries import FREE
from .filters_and_tests import passed_on
from .log import Log
from .setups import WrittenSetup

SIMPLE = TypeSet({str, int, float})
"""Types whose text runs no code of the app. All but ``str`` need no escaping."""


class RecordedOutput(Log):
    """The part of a tracer that converts values to text.

    :ivar escape: escapes a value to be printed. The result is only joined with other pieces, so it
        may be a plain text.
    :ivar setup: the setup of the environment.
    :ivar untraced: a part of the page ran as the app's own code.
    """

    escape: Callable[[Any], Any]
    setup: WrittenSetup
    untraced: bool

    def bind_output(self) -> None:
        """Create the helper that runs for every printed value."""
        opaque, live, log = self.opaque, LIVE.identities, self.log

        def escape_(value: Any) -> Any:
            kind = type(value)
            if kind is Markup:
                return value
            if kind is str:
                return self.escape_text(value)
            if kind is int or kind is float:
                return str(value)
            mark = len(log)
            answer = escape(value)
            if id(kind) in live or not opaque(value):
                return answer if kind in PLAIN else self.stable_text(op.ESCAPE, (value,), answer)
            if len(log) != mark:
                self.postpone(mark)
            return self._text(op.ESCAPE, value, answer)

        self.escape = escape_
        self.environment.finalize = self.finalize

    def keep_pieces(self) -> None:
        """Yield all pieces, and escaped text as ``Markup``, because callers that take a page piece
        by piece see the difference.
        """
        inner, simple = self.escape, SIMPLE.identities
        self.escape = lambda value: escape(value) if id(type(value)) in simple else inner(value)
        self.escape_text = escape
        self.through = iter

    def text_of(self, value: Any) -> str:
        """Return the text of a value."""
        mark = len(self.log)
        answer = str(value)
        if type(value) in LIVE or not self.opaque(value):
            return (
                answer if type(value) in PLAIN else str(self.stable_text(op.TEXT, (value,), answer))
            )
        if len(self.log) != mark:
            self.postpone(mark)
        text: str = self._text(op.TEXT, value, answer)
        return text

    def _text(self, word: str, value: Any, answer: str) -> Any:
        """Note the text of a value that only the app knows."""
        if id(value) in self.own:
            return self.note(word, (value,), answer)
        if self.secret and (found := self.secret.get(id(value))) is not None and found.revealing:
            answer = self.derived(answer, found)
        self.log.extend((value, word, answer))
        return answer

    def Markup(self, value: Any) -> Any:
        """Return a value as markup."""
        answer = Markup(value)
        if (type(value) not in LIVE or self.secret) and self.opaque(value):
            return self.note(op.MARKUP, (value,), answer)
        return self.stable_text(op.MARKUP, (value,), answer)

    def markup_join(self, values: Any) -> str:
        """Join values for ``~`` where output is escaped."""
        return self._joined(markup_join, values)

    def str_join(self, values: Any) -> str:
        """Join values for ``~`` where output is not escaped."""
        return self._joined(str_join, values)

    def _joined(self, join: Callable[..., str], values: Any) -> str:
        mark = len(self.log)
        result = join(values)
        if any(map(self.opaque, values)) or self.has_address(result):
            if len(self.log) != mark:
                self.postpone(mark)
            return cast(str, self.note(op.JOIN, tuple(values), result))
        return result

    def settle_escaping(self, context: Context) -> None:
        if self.setup.escapes:
            self.log.extend((FREE, op.ESCAPES, bool(context.eval_ctx.autoescape)))

    def escaping(self, value: Any) -> Any:
        """Note the truth of an app's object that decides whether a part is escaped, which the code
        of that part tests repeatedly.

        If testing it runs code of the app, it is not tested here, because each test may return
        another result. The page then counts as untraced.
        """
        if self.answers_itself(value) or not self.opaque(value):
            return value
        truth = op.truth_at_rest(value)
        if truth is None:
            self.untraced = True
        else:
            self.log.extend((FREE, op.AUTOESCAPE, truth))
        return value

    def finalize(self, context: Context, value: Any) -> Any:
        """Return the result of the app's ``finalize`` for a printed value."""
        function = cast(Callable[..., Any], self.base.finalize)
        result = function(*passed_on(function, context), value)
        return self.note(op.FINALIZE, (value,), result, app=True)
