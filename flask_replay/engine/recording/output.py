"""Record the texts of values: what a page prints, escapes, joins and takes for markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from jinja2.runtime import Context, markup_join, str_join
from markupsafe import Markup, escape

from ...trace.cells import PLAIN
from .. import operations as op
from ..operations import LIVE
from .filters_and_tests import passed_on
from .log import FREE, Log

SIMPLE = frozenset({str, int, float})
"""Types whose text is never more than it seems; all but a ``str`` have nothing to escape."""


class RecordedOutput(Log):
    """The part of a tracer that makes texts of values.

    :ivar escape: escapes a value to be printed. What it gives is joined with the rest and nothing
        else, so a plain text will do.
    :ivar untraced: a part of the page ran as the app's own code.
    """

    escape: Callable[[Any], Any]
    untraced: bool

    def bind_output(self) -> None:
        """Make the helper that runs for every value that a page prints."""
        opaque = self.opaque

        def escape_(value: Any) -> Any:
            kind = type(value)
            if kind is Markup:
                return value
            if kind is str:
                return self.escape_text(value)
            if kind in SIMPLE:
                return str(value)
            answer = escape(value)
            if kind in LIVE or not opaque(value):
                return answer if kind in PLAIN else self.telling(op.ESCAPE, (value,), answer)
            return self._text(op.ESCAPE, value, answer)

        self.escape = escape_
        self.environment.finalize = self.finalize

    def keep_pieces(self) -> None:
        """Yield all pieces, and escaped text as markup: who takes a page piece by piece can tell
        the difference.
        """
        inner = self.escape
        self.escape = lambda value: escape(value) if type(value) in SIMPLE else inner(value)
        self.escape_text = escape
        self.through = iter

    def text_of(self, value: Any) -> str:
        """Return the text of a value."""
        answer = str(value)
        if type(value) in LIVE or not self.opaque(value):
            return answer if type(value) in PLAIN else str(self.telling(op.TEXT, (value,), answer))
        text: str = self._text(op.TEXT, value, answer)
        return text

    def _text(self, word: str, value: Any, answer: str) -> Any:
        """Note the text of a value that only the app can answer for."""
        if id(value) in self.own:
            return self.note(word, (value,), answer)
        if self.secret and (found := self.secret.get(id(value))) is not None and found.telling:
            answer = self.derived(answer, found)
        self.log.extend((value, word, answer))
        return answer

    def Markup(self, value: Any) -> Any:
        """Take a value for markup."""
        answer = Markup(value)
        if (type(value) not in LIVE or self.secret) and self.opaque(value):
            return self.note(op.MARKUP, (value,), answer)
        return self.telling(op.MARKUP, (value,), answer)

    def markup_join(self, values: Any) -> str:
        """Do what ``~`` does where output is escaped."""
        result = markup_join(values)
        asked = any(map(self.opaque, values)) or op.tells_identity(result)
        return self.note(op.JOIN, tuple(values), result) if asked else result

    def str_join(self, values: Any) -> str:
        """Do what ``~`` does elsewhere."""
        result = str_join(values)
        asked = any(map(self.opaque, values)) or op.tells_identity(result)
        return self.note(op.JOIN, tuple(values), result) if asked else result

    def escaping(self, value: Any) -> Any:
        """Note whether a part is escaped by an object of the app's, which the code of that part
        asks again and again.

        It is not asked now. One whose truth is the app's own code may answer otherwise each time.
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
        """Ask the app's ``finalize`` what to print for a value."""
        function = cast(Callable[..., Any], self.base.finalize)
        result = function(*passed_on(function, context), value)
        return self.note(op.FINALIZE, (value,), result, app=True)
