"""The helpers that instrumented code calls: what it asks the runtime of a render.

A root or block function takes them from its context: ``_h = context.runtime``, ``_h_truth =
_h.truth``. A recording (:class:`~flask_replay.engine.recording.tracer.Tracer`) lets the app answer
and notes that; a replay (:class:`~flask_replay.engine.replaying.replayer.Replayer`) answers from
the trace. Each method here says what the template asks, then what a recording notes, then what a
replay does. "Opaque" is a value whose answers only the app knows: an object of a type of its own,
or something secret. What is not opaque answers for itself in both directions and is not noted.

Each section has a module of its name in ``engine/recording/`` and another one in
``engine/replaying/``. Two more pairs answer what the code asks by way of its ``environment``:
``includes.py`` finds templates, ``filters_and_tests.py`` filters and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Protocol


class ReadHelpers(Protocol):
    """Names, attributes and items: ``reads.py`` in both directions."""

    def resolver(self, context: Any, /) -> Callable[[str], Any]:
        """Return what looks up the names of a context.

        Noted: what each name meant that the app gave it. A replay gives that; a name that was not
        asked for then is undefined.
        """

    def extension(self, identifier: str, name: str, /) -> Any:
        """Return the method of an extension that its tag calls.

        Noted: that it was asked for, as an object.
        """

    @property
    def getattr(self) -> Callable[[Any, str], Any]:
        """Read ``value.name``, an attribute or else an item, as ``Environment.getattr`` does.

        Noted: the answer, unless the template itself made the value or Jinja did. A replay gives
        it.
        """

    @property
    def getattr_pair(self) -> Callable[[Any, str, str, str], Any]:
        """Read ``value.first.second`` in one step; the last argument is ``"first.second"``.

        Noted: the answer alone, or, where the value between is asked for elsewhere too, both.
        """

    @property
    def getattr_loop(self) -> Callable[[Any, str], Any]:
        """Read an attribute of ``loop``. Noted: nothing, both directions have one."""

    def getattr_private(self, value: Any, name: str, /) -> Any:
        """Read an attribute whose name begins with an underscore.

        Most environments refuse, some answer.
        """

    def getitem(self, value: Any, key: Any, /) -> Any:
        """Read ``value[key]``, as ``Environment.getitem`` does. Noted: key and answer."""

    def slice(self, value: Any, /, *bounds: Any) -> Any:
        """Return ``value[start:stop:step]``. Noted: the answer of what is opaque."""


class SensitiveHelpers(Protocol):
    """What has a sensitive name: ``sensitive.py`` in both directions. A replay only reads it."""

    def private(self, value: Any, name: str, /) -> Any:
        """Take what was just read under a sensitive name for a secret, and return it."""

    def named(self, value: Any, name: str, /) -> Any:
        """Learn that the template gave a value a sensitive name, and return the value."""

    def getattr_value(self, value: Any, name: str, /) -> Any:
        """Read the attribute that holds the value of a form's field.

        It is secret if the field has such a name.
        """

    def getitem_named(self, value: Any, key: Any, /) -> Any:
        """Read an item whose key is known only now: what it gives is secret if the key says so."""


class CallHelpers(Protocol):
    """Calls: ``calls.py`` in both directions."""

    @property
    def call(self) -> Callable[..., Any]:
        """Call ``callee(*arguments)``.

        It is given the context, variables of loops, variables of blocks (both for functions of the
        app's that want the context), the callee, and the arguments. Noted: what a callee of the
        app's gave, or raised. A replay gives it, or raises the same; macros and what is plain are
        called.
        """

    @property
    def call_method(self) -> Callable[..., Any]:
        """Read and call ``owner.name(*arguments)`` in one step.

        It is given what :attr:`call` is, but owner, name and ``"name()"`` in place of the callee.
        """


class OperatorHelpers(Protocol):
    """Truth, comparison, arithmetic: ``operators.py`` in both directions."""

    def truth(self, value: Any, /) -> Any:
        """Ask whether a value is true. Noted: the answer of what is opaque."""

    def compare(self, sign: str, left: Any, right: Any, /) -> Any:
        """Compare two values: ``==``, ``<``, ``in`` … Noted: the answer if either is opaque."""

    def binary(self, sign: str, left: Any, right: Any, /) -> Any:
        """Do arithmetic on two operands. Noted: the result if either is opaque."""

    def unary(self, sign: str, value: Any, /) -> Any:
        """Do arithmetic on one operand. Noted: the result if it is opaque."""

    def intercepted(self, context: Any, sign: str, /, *operands: Any) -> Any:
        """Do an operation that a sandboxed environment wants to see. Noted: what it gave."""


class IterationHelpers(Protocol):
    """Items, one after the other: ``iteration.py`` in both directions."""

    def iterate(self, value: Any, /) -> Iterable[Any]:
        """Yield the items of a value as the template takes them.

        Noted: those of what is opaque, and what it raised.
        """

    def unpack(self, value: Any, shape: tuple[Any, ...], /) -> Any:
        """Take a value apart for a target such as ``a, (b, c)``.

        Noted: the items of what is opaque.

        :param shape: ``None`` for one name, else a tuple with the shape of each part.
        """

    def spread(self, value: Any, /) -> Any:
        """Return what ``*value`` passes on. Noted: the items of what is opaque."""

    def spread_mapping(self, value: Any, /) -> Any:
        """Return what ``**value`` passes on. Noted: keys and values of what is opaque."""


class OutputHelpers(Protocol):
    """Texts of values: ``output.py`` in both directions."""

    @property
    def escape(self) -> Callable[[Any], Any]:
        """Return the text of a value, escaped.

        Noted: what ``__html__`` or ``__str__`` of the app's gave.
        """

    def text_of(self, value: Any, /) -> Any:
        """Return ``str(value)``. Noted: what ``__str__`` of the app's gave."""

    def Markup(self, value: Any, /) -> Any:
        """Take a value for markup. Noted: what ``__html__`` of the app's gave."""

    def markup_join(self, values: Any, /) -> Any:
        """Do what ``~`` does where output is escaped. Noted: the text, if a value is opaque."""

    def str_join(self, values: Any, /) -> Any:
        """Do what ``~`` does where output is not escaped; as :meth:`markup_join`."""

    def escaping(self, value: Any, /) -> Any:
        """Return whether what follows is escaped: ``{% autoescape value %}``.

        Noted: that of an opaque value.
        """


class PieceHelpers(Protocol):
    """Pieces of output within others: ``pieces.py`` in both directions."""

    @property
    def through(self) -> Callable[[Iterable[str]], Iterable[str]]:
        """Yield what a block, or another template, adds to the output that it is within."""


class IgnoringHelpers(Protocol):
    """Ignored parts: ``ignoring.py`` in both directions."""

    def ignore_begins(self) -> bool:
        """Whether to run an ignored part, which begins here.

        A recording runs it; a replay passes it over.
        """

    def ignore_ends(self) -> None:
        """End an ignored part, whatever it raised. What it read is taken out of the log."""

    def ignore_opens(self) -> str:
        """Return the mark that stands before what an ignored part gives; a replay has none."""

    def ignore_closes(self) -> str:
        """Return the mark that stands behind it."""

    def unheard(self, resolve: Callable[[str], Any], name: str, /) -> Any:
        """Look up a name that only ignored parts use. Noted: nothing; a replay finds it missing."""


class SharedHelpers(Protocol):
    """What Jinja makes for a template: ``engine/runtime.py``, for both directions."""

    @property
    def environment(self) -> Any:
        """What the code knows as ``environment``.

        It finds templates, filters and tests, and makes undefined values. Noted: which template a
        name meant, and what filters and tests of the app's gave.
        """

    def overlaid(self, context: Any, name: str, /) -> Any:
        """Look a name up in a context whose variables an extension's tag has laid over others."""

    def inherit(self, context: Any, /) -> dict[str, Any]:
        """Return a template's variables for one that it includes or imports with context."""

    def derive(self, context: Any, /, *arguments: Any) -> Any:
        """Make the context of a scoped block, which carries the same runtime."""

    def Macro(self, environment: Any, /, *arguments: Any) -> Any:
        """Make a macro, which tells whether the template or the app calls it."""

    def LoopContext(self, iterable: Any, /, *arguments: Any) -> Any:
        """Make the ``loop`` of ``{% for %}``, over what ``iterate`` yields."""

    @property
    def Namespace(self) -> Any:
        """What a template may set attributes of.

        In a replay that is also what stands for an object of such a type.
        """

    def made(self, container: Any, /) -> Any:
        """Learn that the template made a container itself, and return it.

        What it answers both directions know; a recording has it in its ``log.py``.
        """

    def given(self, result: Any, /) -> Any:
        """Learn what a macro or a recursive loop gave, and return it."""

    @property
    def escape_text(self) -> Callable[[str], str]:
        """Escape what is exactly a ``str``. Noted: nothing.

        The code itself asks whether it is one, for most texts are.
        """

    @property
    def plain_text(self) -> type:
        """The type of what :attr:`escape_text` takes."""


class Helpers(
    ReadHelpers,
    SensitiveHelpers,
    CallHelpers,
    OperatorHelpers,
    IterationHelpers,
    OutputHelpers,
    PieceHelpers,
    IgnoringHelpers,
    SharedHelpers,
    Protocol,
):
    """What instrumented code may call, by the names that it knows.

    ``_h_…`` in the code is the method of that name; names that Jinja's own code has keep them:
    ``escape``, ``Macro``, ``LoopContext``, and ``str``, which is :meth:`~OutputHelpers.text_of`.
    """


class AsyncHelpers(Helpers, Protocol):
    """What is asked in an asynchronous environment besides.

    Only a recording runs in one (``calls.py``, ``iteration.py``); a replay awaits nothing.
    """

    @property
    def auto_await(self) -> Any:
        """Await what a call gave, if it is to be awaited. Noted: what that gives."""

    def auto_aiter(self, value: Any, /) -> Any:
        """Yield the items of a value for ``async for``; as :meth:`~IterationHelpers.iterate`."""

    def AsyncLoopContext(self, iterable: Any, /, *arguments: Any) -> Any:
        """Make the ``loop`` of an asynchronous environment."""


MIRRORED: dict[str, type] = {
    "reads": ReadHelpers,
    "sensitive": SensitiveHelpers,
    "calls": CallHelpers,
    "operators": OperatorHelpers,
    "iteration": IterationHelpers,
    "output": OutputHelpers,
    "pieces": PieceHelpers,
    "ignoring": IgnoringHelpers,
}
"""The sections that a recording and a replay answer differently, by the name of the two modules."""

HELPER_NAMES = frozenset(
    name for name in chain(*map(vars, AsyncHelpers.__mro__)) if not name.startswith("_")
)
"""Of all helpers."""
