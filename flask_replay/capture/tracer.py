"""Record what a render reads: a flat log, written while the template runs.

Each entry of the log is three items in a row: subject, question, answer. The subject is the very
object that was asked, or :data:`FREE` for a question that no single object owns, or the names
of a context. Nothing is made of the log before the response has left (see ``grouping``); until then the
log only holds on to the objects.

An operation is noted if one of its operands is opaque, that is: not plain and not made by the
template; or if the callee, filter or test is the app's. All other operations are done again in a
replay. Operands are compared by identity and type only, and asked nothing the template did not ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, cast

from jinja2 import Environment, Template, TemplateNotFound, TemplatesNotFound, Undefined, UndefinedError
from jinja2.runtime import Context, markup_join, str_join
from jinja2.utils import missing
from markupsafe import Markup, escape

from ..sanitize.names import sensitive
from ..trace import operations as op
from ..trace.cells import PLAIN
from ..trace.frame import RUNTIME, Compiled, FrameMacro, Names
from ..trace.operations import LIVE
from .calls import Calls
from .compiling import WrittenSetup
from .functions import Functions, passed_on
from .iteration import Iteration
from .log import AGAIN, BOUND, FREE, TAKEN_APART, Free

_SIMPLE = frozenset({str, int, float})
"""Types whose text is never more than it seems; all but a ``str`` have nothing to escape."""


class Tracer(Calls, Iteration):
    """The recording direction of a frame.

    :param base: the app's environment: what its own functions get to see.
    :param find: gives the compiled form of a template that the app's environment found.
    :param limit: entries after which the log stops growing.
    :param setup: of the environment.
    """

    def __init__(
        self, base: Environment, find: Callable[[Template], Compiled | None], limit: int, setup: WrittenSetup
    ) -> None:
        super().__init__(base, limit)
        self.setup = setup
        self.compiled = find
        self.untraced = False
        self.joined: dict[int, tuple[str, list[str]]] = {}
        self.environment.undefined = self.undefined
        self.environment.filters = Functions(self, base.filters, "|", op.is_own_filter)
        self.environment.tests = Functions(self, base.tests, "is", op.is_own_test)
        self.environment.finalize = self.finalize
        self._bind_reads()
        self.bind_calls()

    def keep_pieces(self) -> None:
        """Give all pieces, and escaped text as markup: who takes a page piece by piece can tell the difference."""
        inner = self.escape
        self.escape: Callable[[Any], Any] = lambda value: escape(value) if type(value) in _SIMPLE else inner(value)
        self.escape_text = escape
        self.through = iter

    def apart(self, pieces: Iterable[str]) -> list[str]:
        """Take apart what was joined of an output, as often as it was."""
        found: list[str] = []
        for piece in pieces:
            _, inner = self.joined.pop(id(piece), ("", None))
            found += [piece] if inner is None else self.apart(inner)
        return found

    # Templates

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template as the app would, and remember what its name meant."""
        asked = type(name) not in LIVE or self.opaque(name)
        try:
            template = self.base.get_template(name, parent)
        except TemplateNotFound:
            if asked:
                self.log.extend((name, op.TEMPLATE, None))
            raise
        compiled = self.compiled(template)
        if compiled is None:
            self.untraced = True
            return template
        if asked:
            self.log.extend((name, op.TEMPLATE, compiled.key))
        elif parent is not None and self.base.join_path(name, parent) != name:
            self.found[f"{parent}\n{name}"] = compiled.key
        else:
            self.found[name] = compiled.key
        return self.bind(compiled)

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates as the app would, and remember which it was."""
        try:
            template = self.base.select_template(names, parent)
        except (TemplatesNotFound, UndefinedError):
            self.log.extend((FREE, op.TEMPLATE, None))
            raise
        compiled = self.compiled(template)
        if compiled is None:
            self.untraced = True
            return template
        self.note(op.TEMPLATE, (names,), compiled.key)
        return self.bind(compiled)

    def imports_anew(self, asked: bool) -> bool:
        """Tell whether a module is made for one import alone."""
        self.log.extend((FREE, op.MODULE, asked))
        return asked

    # Rarer questions

    def undefined(self, *arguments: Any, **keywords: Any) -> Undefined:
        """Make an undefined value; one of an app's own type is an object like others."""
        value = self.base.undefined(*arguments, **keywords)
        if self.base.undefined not in LIVE:
            self.note(op.UNDEFINED, (FREE,), value)
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
        return self.note(op.JOIN, tuple(values), result) if any(map(self.opaque, values)) else result

    def str_join(self, values: Any) -> str:
        """Do what ``~`` does elsewhere."""
        result = str_join(values)
        return self.note(op.JOIN, tuple(values), result) if any(map(self.opaque, values)) else result

    def unary(self, sign: str, value: Any) -> Any:
        """Do an arithmetic operation on one operand."""
        result = op.UNARY[sign](value)
        return self.note(f"unary {sign}", (value,), result) if self.opaque(value) else result

    # Secrets

    def private(self, value: Any, name: str) -> Any:
        """Take what was just read under a sensitive name for a secret, unless it is the template's own."""
        log = self.log
        if log and log[-1] is value:
            subject = log[-3]
            log[-1] = value = self.hide(value, name, "" if type(subject) in {Free, Names} else type(subject).__name__)
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

    # The questions that pages are full of: closures, so that each costs one call

    def _bind_reads(self) -> None:
        """Make the helpers that run for every expression of a template."""
        base, log, own, opaque, secret = self.base, self.log, self.own, self.opaque, self.secret
        extend = log.extend
        read_attribute, read_item = base.getattr, base.getitem
        undefined, joined = base.undefined, self.joined
        own_undefined = base.undefined not in LIVE
        plainly = base.context_class.resolve_or_missing is Context.resolve_or_missing

        # These are the busiest lines of a recorded render. They note reads of plain values too, which a replay
        # asks for like any other.

        def getattr_(value: Any, name: str) -> Any:
            try:  # what Environment.getattr does, one call less
                answer = getattr(value, name)
            except AttributeError:
                answer = getattr_item(value, name)
            if own and id(value) in own:
                return answer
            if type(value) in RUNTIME:
                return self.made(answer) if name == "arguments" and type(value) is FrameMacro else answer
            extend((value, name, answer))
            return answer

        def getattr_item(value: Any, name: str) -> Any:
            try:
                return value[name]
            except (TypeError, LookupError, AttributeError):
                return undefined(obj=value, name=name)

        def getattr_pair(value: Any, first: str, second: str, word: str) -> Any:
            if type(value) in TAKEN_APART or secret or id(value) in own:
                if not self.answers_itself(value):
                    extend((FREE, word, AGAIN))
                return self.getattr(self.getattr(value, first), second)
            try:
                inner = getattr(value, first)
            except AttributeError:
                inner = getattr_item(value, first)
            if type(inner) in TAKEN_APART or id(inner) in own:
                extend((FREE, word, AGAIN))
                extend((value, first, inner))
                return self.getattr(inner, second)
            try:
                answer = getattr(inner, second)
            except AttributeError:
                answer = getattr_item(inner, second)
            extend((inner, word, answer))
            return answer

        def getattr_pair_of_app(value: Any, first: str, second: str, word: str) -> Any:
            if not self.answers_itself(value):
                extend((FREE, word, AGAIN))
            return self.getattr(self.getattr(value, first), second)

        def getattr_of_app(value: Any, name: str) -> Any:
            answer = read_attribute(value, name)
            if type(value) not in RUNTIME and id(value) not in own:
                extend((value, name, answer))
            elif own_undefined:
                own_answer(op.ATTRIBUTE, isinstance(answer, Undefined), answer)
            return answer

        def own_answer(word: str, needed: bool, answer: Any) -> None:
            if needed:
                self.note(word, (FREE,), answer)
            else:
                self.leave(word)

        def getattr_private(value: Any, name: str) -> Any:
            answer = read_attribute(value, name)
            if type(value) in RUNTIME or id(value) in own:
                own_answer(op.ATTRIBUTE, True, answer)
            else:
                extend((value, name, answer))
            return answer

        def getitem(value: Any, key: Any) -> Any:
            answer = read_item(value, key)
            if secret and (id(value) in secret or id(key) in secret):
                return self.note(op.ITEM, (value, key), answer)
            if self.answers_itself(value):
                asked = type(key) not in LIVE and (opaque(key) or opaque(value))
                asked = asked or (type(value) is dict and any(map(opaque, tuple(value))))
                if asked or own_undefined:
                    own_answer(op.ITEM, asked or isinstance(answer, Undefined), answer)
            else:
                question: Any = op.ITEM
                if type(key) is str:
                    question, self.keyed = (op.ITEM, key), True
                extend((value, question, answer))
            return answer

        def truth(value: Any) -> Any:
            if type(value) in LIVE or self.answers_itself(value) or (type(value) in BOUND and not opaque(value)):
                return value
            answer = bool(value)
            extend((value, op.TRUTH, answer))
            return answer

        def compare(sign: str, left: Any, right: Any) -> Any:
            answer = op.COMPARE[sign](left, right)
            if type(left) in PLAIN and type(right) in PLAIN and not secret:
                return answer
            if opaque(left) or opaque(right):
                return self.note(sign, (left, right), answer)
            return answer

        def binary(sign: str, left: Any, right: Any) -> Any:
            answer = op.BINARY[sign](left, right)
            if type(left) in PLAIN and type(right) in PLAIN and not secret:
                return answer
            if opaque(left) or opaque(right):
                return self.note(sign, (left, right), answer)
            if type(answer) not in LIVE:
                self.made(answer)
            return answer

        def escape_(value: Any) -> Any:
            # What is escaped is joined with the rest and nothing else, so a plain text will do.
            kind = type(value)
            if kind is str:
                return self.escape_text(value)
            if kind in _SIMPLE:
                return str(value)
            if kind is Markup:
                return value
            answer = escape(value)
            if kind in LIVE or not opaque(value):
                return answer
            if id(value) in own:
                return self.note(op.ESCAPE, (value,), answer)
            if secret and (found := secret.get(id(value))) is not None and found.telling:
                answer = self.derived(answer, found)
            extend((value, op.ESCAPE, answer))
            return answer

        def str_(value: Any) -> str:
            answer = str(value)
            if type(value) in LIVE or not opaque(value):
                return answer
            if id(value) in own:
                text: str = self.note(op.TEXT, (value,), answer)
                return text
            if secret and (found := secret.get(id(value))) is not None and found.telling:
                answer = self.derived(answer, found)
            extend((value, op.TEXT, answer))
            return answer

        def markup(value: Any) -> Markup:
            answer = Markup(value)
            if (type(value) not in LIVE or secret) and opaque(value):
                answer = self.note(op.MARKUP, (value,), answer)
            return answer

        def resolver(context: Any) -> Callable[[str], Any]:
            resolve, variables = context.resolve_or_missing, context.vars
            inputs, given = context.parent, context.given
            names = context.names

            def lookup(name: str) -> Any:
                value = resolve(name)
                if name not in variables and name not in given:
                    extend((FREE, name, value))
                return value

            def lookup_input(name: str) -> Any:
                if name in variables:
                    return variables[name]
                value = inputs.get(name, missing)
                if name not in names:
                    names[name] = value
                    extend((names, name, value))
                return value

            return lookup_input if plainly and not given else lookup

        def through(pieces: Iterable[str]) -> Iterable[str]:
            # Each of them would otherwise pass through every template and block around, one by one.
            inner = list(pieces)
            if len(inner) < 2:
                return inner
            text = "".join(inner)
            joined[id(text)] = text, inner
            return (text,)

        jinjas = type(base).getattr is Environment.getattr and not own_undefined
        self.getattr = getattr_ if jinjas else getattr_of_app
        self.getattr_pair = getattr_pair if jinjas else getattr_pair_of_app
        self.getattr_loop: Callable[..., Any] = getattr if jinjas else read_attribute
        self.getattr_private, self.getitem, self.truth = getattr_private, getitem, truth
        self.compare, self.binary, self.resolver = compare, binary, resolver
        self.escape, self.text_of, self.Markup = escape_, str_, markup
        if base.concat is Environment.concat:
            self.through = through


def look_up(base: Environment, identifier: str, name: str) -> Any:
    """Find what a syntax tree calls ``ExtensionAttribute``."""
    from ..trace import syntax

    if identifier == syntax.ENVIRONMENT:
        return getattr(base, name)
    if identifier == syntax.IMPORTED:
        module, _, attribute = name.rpartition(".")
        imported: ModuleType = __import__(module, fromlist=[attribute])
        return getattr(imported, attribute)
    return getattr(base.extensions[identifier], name)
