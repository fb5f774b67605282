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

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, cast

from jinja2 import Environment, Template, Undefined
from jinja2.nativetypes import native_concat
from jinja2.runtime import Context, markup_join, str_join
from jinja2.utils import internalcode
from markupsafe import escape

from ...sanitize.names import sensitive
from .. import operations as op
from .. import syntax
from ..compiled import Compiled
from ..natives import gathered
from ..objects import ResolvedNames
from ..operations import LIVE
from .calls import RecordedCalls
from .functions import RecordedFunctions, passed_on
from .ignoring import Ignoring, as_markup, ignored
from .includes import RecordedIncludes
from .iteration import Iteration
from .log import FREE, Free
from .reads import SIMPLE, Reads
from .secrets import LEAVES
from .setups import WrittenSetup
from .sources import Unrecordable

_MAX_NESTING = 10
"""Templates and blocks within each other whose pieces are joined."""


class Tracer(RecordedIncludes, RecordedCalls, Reads, Iteration, Ignoring):
    """The recording direction of a runtime.

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
        self.compiled = find
        self.untraced = False
        self.joined: dict[int, tuple[str, list[str]]] = {}
        self.made_of: dict[str, list[str]] = {}
        self.nesting = 0
        self.met: dict[int, tuple[Template, Compiled | None]] = {}
        self.environment.undefined = self.undefined
        self.environment.filters = RecordedFunctions(
            self, setup.filters, "|", setup.foreign_filters
        )
        self.environment.tests = RecordedFunctions(self, setup.tests, "is", setup.foreign_tests)
        self.environment.finalize = self.finalize
        self.bind_reads()
        self.bind_calls()
        if base.concat is Environment.concat:
            self.through = self._join
            self._concat_plainly: Callable[[Iterable[str]], str] = base.concat
            self.joins = True
            self.environment.concat = self._concat  # type: ignore[assignment]
        else:
            native = base.concat is native_concat
            self.concat = self._concat_natively if native else self._concat_as_app  # type: ignore[method-assign]
            self.environment.concat = self.concat  # type: ignore[assignment]

    def keep_pieces(self) -> None:
        """Yield all pieces, and escaped text as markup: who takes a page piece by piece can tell
        the difference.
        """
        inner = self.escape
        self.escape = lambda value: escape(value) if type(value) in SIMPLE else inner(value)
        self.escape_text = escape
        self.through = iter

    @internalcode
    def _join(self, pieces: Iterable[str]) -> Iterable[str]:
        """Join what a block or another template adds: each piece would pass through all that is
        around, one by one.
        """
        if self.nesting >= _MAX_NESTING:
            return (
                pieces  # each level takes a frame of the stack that Jinja's own code does not need
            )
        self.nesting += 1
        try:
            inner = list(pieces)
        finally:
            self.nesting -= 1
        text = "".join(inner)
        if len(inner) < 2 or len(text) < 2:  # Python may have that very text already
            return inner
        self.joined[id(text)] = text, inner
        return (text,)

    def _concat(self, pieces: list[str]) -> str:
        """Join what a macro gave, or a block that is set, called or filtered, and remember what it
        is made of.
        """
        text = self._concat_plainly(pieces)
        if (self.secret or self.letters or self.regions) and len(pieces) > 1:
            self.made_of[text] = pieces
            if self.regions:
                self.remember(text, pieces)
        return text

    def _concat_natively(self, pieces: Iterable[Any]) -> Any:
        """Do what a native environment does with them; a value that stays alone is handed on as it
        is.
        """
        texts: list[Any] = []

        def text_of(piece: Any) -> str:
            texts.append(self.text_of(piece))
            return str(texts[-1])

        values = gathered(pieces, text_of)
        answer = native_concat(values)
        if texts and (self.secret or self.letters):
            self.made_of[values[0]] = texts
        if any(map(self.opaque, values)):
            return self.note(op.CONCAT, tuple(values), answer)
        self.made_whole(answer)
        return answer

    def _concat_as_app(self, pieces: Iterable[Any]) -> Any:
        """Put pieces together in the app's own way; a replay knows what came of it."""
        return self.note(op.CONCAT, (FREE,), self.base.concat(pieces), app=True)

    def output(self, pieces: list[Any], *, joined: bool) -> str:
        """Return the text of what a native template gave.

        :param joined: ``native_concat`` was given the pieces; else who took them has made of them
            what it likes.
        """
        if not joined:
            return "".join(map(self.shown, pieces))
        value = native_concat(pieces)
        if not any(value is piece for piece in pieces):
            self.made_whole(value)  # it is what a text said
        return self.shown(value)

    def shown(self, value: Any) -> str:
        """Return the text of a value that the page gave. It is the app's to ask its objects for
        theirs.
        """
        return "" if self.opaque(value) else self.text_of(value)

    def called_block(self, block: Any) -> Any:
        """Return the text of a block that the template calls, such as ``super()``, as Jinja's
        ``BlockReference``.
        """
        pieces = block._stack[block._depth](block._context)
        autoescape = bool(block._context.eval_ctx.autoescape)
        if self.base.is_async:
            return self._called_block_later(pieces, autoescape)
        return as_markup(self._concat(list(pieces)), autoescape=autoescape)

    async def _called_block_later(self, pieces: Any, autoescape: bool) -> Any:
        return as_markup(self._concat([piece async for piece in pieces]), autoescape=autoescape)

    def ignored_texts(self) -> list[str]:
        """Return what ignored parts gave that the template could give to functions of the app's."""
        return ["".join(ignored(self.apart(self.made_of[text]))) for text in self.alike]

    def apart(self, pieces: Iterable[str], nesting: int = 0) -> list[str]:
        """Take apart what was joined of an output, as often as it was; a piece may stand there
        twice.
        """
        found: list[str] = []
        for piece in pieces:
            _, inner = self.joined.get(id(piece), ("", None))
            if inner is None and self.made_of:
                inner = self.made_of.get(piece)  # by its text: macros and blocks give copies
            found += (
                [piece]
                if inner is None or nesting > _MAX_NESTING
                else self.apart(inner, nesting + 1)
            )
        return found

    # Rarer questions

    def undefined(self, *arguments: Any, **keywords: Any) -> Undefined:
        """Make an undefined value; one of an app's own type is an object like others."""
        value = self.base.undefined(*arguments, **keywords)
        if self.base.undefined not in LIVE:
            self.note(op.UNDEFINED, (FREE,), value)
        return value

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

    def extension(self, identifier: str, name: str) -> Any:
        """Look up what an extension's tag calls."""
        value = look_up(self.base, identifier, name)
        self.note(op.EXTENSION, (FREE,), value)
        return value

    def intercepted(self, context: Context, sign: str, *operands: Any) -> Any:
        """Do an operation that a sandboxed environment wants to see."""
        base: Any = self.base
        call = base.call_binop if len(operands) == 2 else base.call_unop
        result = call(context, sign, *operands)
        return self.note(sign if len(operands) == 2 else f"unary {sign}", operands, result)

    def slice(self, value: Any, *bounds: Any) -> Any:
        """Slice a value."""
        result = value[slice(*bounds)]
        if self.opaque(value) or any(map(self.opaque, bounds)):
            return self.note(op.SLICE, (value, *bounds), result)
        if type(result) not in LIVE:
            self.made(result)
        return result

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

    def unary(self, sign: str, value: Any) -> Any:
        """Do an arithmetic operation on one operand."""
        result = op.UNARY[sign](value)
        return self.note(f"unary {sign}", (value,), result) if self.opaque(value) else result

    # Secrets

    def private(self, value: Any, name: str) -> Any:
        """Take what was just read under a sensitive name for a secret, unless it is the template's
        own.
        """
        log = self.log
        if log and log[-1] is value:
            subject = log[-3]
            log[-1] = value = self.hide(
                value,
                name,
                "" if type(subject) in {Free, ResolvedNames} else type(subject).__name__,
            )
        return value

    def named(self, value: Any, name: str) -> Any:
        """Note what the template gave a sensitive name: it is gone from all else, whatever it was
        read under.
        """
        if type(value) in LEAVES:
            self.told.append((name, value))
        return value

    def getattr_value(self, value: Any, name: str) -> Any:
        """Read the attribute that holds the value of a form's field."""
        answer = self.getattr(value, name)
        found = self.secret.get(id(value))
        return answer if found is None or found.telling else self.private(answer, found.name)

    def getitem_named(self, value: Any, key: Any) -> Any:
        """Read an item whose name is only known now."""
        answer = self.getitem(value, key)
        return self.private(answer, key) if type(key) is str and sensitive(key) else answer


def look_up(base: Environment, identifier: str, name: str) -> Any:
    """Return what a syntax tree calls ``ExtensionAttribute``.

    :raises Unrecordable: it is not to be found; where Jinja's code finds it, that shall run.
    """
    try:
        if identifier == syntax.IMPORTED:
            module, _, attribute = name.rpartition(".")
            return (
                getattr(__import__(module, fromlist=[attribute]), attribute)
                if module
                else __import__(name)
            )
        owner = base if identifier == syntax.ENVIRONMENT else base.extensions[identifier]
        return attrgetter(name)(owner)
    except Exception as error:
        raise Unrecordable(f"{name} of {identifier} is not found: {error}") from error
