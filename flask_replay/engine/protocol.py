"""The helpers that instrumented code calls on the runtime of a render.

A root or block function takes them from its context: ``_h = context.runtime``, ``_h_truth =
_h.truth``. A recording (:class:`~flask_replay.engine.recording.tracer.Tracer`) lets the app answer
and notes the answer. A replay (:class:`~flask_replay.engine.replaying.replayer.Replayer`) answers
from the trace. The docstring of each method describes the operation, then what a recording notes,
then what a replay does. An "opaque" value is one whose answers only the app knows: an object of
another type, or a secret. All other values answer alike in both directions, so nothing is noted.

Each section is implemented by a module of the same name in ``engine/recording/`` and in
``engine/replaying/``. Two more pairs of modules serve the ``environment`` of the code:
``includes.py`` finds templates, ``filters_and_tests.py`` finds filters and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Protocol


class ReadHelpers(Protocol):
    """Names, attributes and items: ``reads.py`` in both directions."""

    def resolver(self, context: Any, /) -> Callable[[str], Any]:
        """Return a function that looks up names in a context.

        Noted: the value of each name that the app passed to the template. A replay returns it; a
        name that was not looked up then is undefined.
        """

    def extension(self, identifier: str, name: str, /) -> Any:
        """Return the method of an extension that its tag calls.

        Noted: that the method was read, as an object.
        """

    @property
    def getattr(self) -> Callable[[Any, str], Any]:
        """Read ``value.name``, an attribute or else an item, as ``Environment.getattr`` does.

        Noted: the result, unless the template or Jinja created the value. A replay returns the
        result.
        """

    @property
    def getattr_pair(self) -> Callable[[Any, str, str, str], Any]:
        """Read ``value.first.second`` in one step; the last argument is ``"first.second"``.

        Noted: only the final result, or both results if ``value.first`` is read elsewhere, too.
        """

    @property
    def getattr_loop(self) -> Callable[[Any, str], Any]:
        """Read an attribute of ``loop``. Noted: nothing, because both directions have a
        ``loop``.
        """

    def getattr_private(self, value: Any, name: str, /) -> Any:
        """Read an attribute whose name begins with an underscore.

        Most environments refuse, some return it.
        """

    def getitem(self, value: Any, key: Any, /) -> Any:
        """Read ``value[key]``, as ``Environment.getitem`` does. Noted: key and result."""

    def slice(self, value: Any, /, *bounds: Any) -> Any:
        """Return ``value[start:stop:step]``. Noted: the result if the value is opaque."""


class SensitiveHelpers(Protocol):
    """Values under sensitive names: ``sensitive.py`` in both directions. A replay only reads
    them.
    """

    def private(self, value: Any, name: str, /) -> Any:
        """Treat a value that was just read under a sensitive name as a secret, and return it."""

    def named(self, value: Any, name: str, /) -> Any:
        """Note that the template gave a value a sensitive name, and return the value."""

    def getattr_value(self, value: Any, name: str, /) -> Any:
        """Read the attribute that holds the value of a form field.

        It is secret if the field has a sensitive name.
        """

    def getitem_named(self, value: Any, key: Any, /) -> Any:
        """Read an item whose key is computed: the result is secret if the key is a sensitive
        name.
        """


class CallHelpers(Protocol):
    """Calls: ``calls.py`` in both directions."""

    @property
    def call(self) -> Callable[..., Any]:
        """Call ``callee(*arguments)``.

        Its arguments are the context, the variables of loops, the variables of blocks (both for
        functions of the app that want the context), the callee, and the callee's arguments. Noted:
        what a callee of the app returned or raised. A replay returns or raises the same. Macros and
        methods of plain values are called again.
        """

    @property
    def call_method(self) -> Callable[..., Any]:
        """Read and call ``owner.name(*arguments)`` in one step.

        It takes the arguments of :attr:`call`, with owner, name and ``"name()"`` in place of the
        callee.
        """


class OperatorHelpers(Protocol):
    """Truth, comparison, arithmetic: ``operators.py`` in both directions."""

    def truth(self, value: Any, /) -> Any:
        """Test whether a value is true. Noted: the result if the value is opaque."""

    def compare(self, sign: str, left: Any, right: Any, /) -> Any:
        """Compare two values: ``==``, ``<``, ``in`` … Noted: the result if either is opaque."""

    def binary(self, sign: str, left: Any, right: Any, /) -> Any:
        """Do arithmetic on two operands. Noted: the result if either is opaque."""

    def unary(self, sign: str, value: Any, /) -> Any:
        """Do arithmetic on one operand. Noted: the result if it is opaque."""

    def intercepted(self, context: Any, sign: str, /, *operands: Any) -> Any:
        """Do an operation that a sandboxed environment intercepts. Noted: the result."""


class IterationHelpers(Protocol):
    """Items, one after the other: ``iteration.py`` in both directions."""

    def iterate(self, value: Any, /) -> Iterable[Any]:
        """Yield the items of a value as the template iterates over them.

        Noted: the items of an opaque value, and any exception.
        """

    def unpack(self, value: Any, shape: tuple[Any, ...], /) -> Any:
        """Unpack a value for a target such as ``a, (b, c)``.

        Noted: the items of an opaque value.

        :param shape: ``None`` for one name, else a tuple with the shape of each part.
        """

    def spread(self, value: Any, /) -> Any:
        """Return the arguments that ``*value`` passes. Noted: the items of an opaque value."""

    def spread_mapping(self, value: Any, /) -> Any:
        """Return the arguments that ``**value`` passes. Noted: keys and values of an opaque
        value.
        """


class OutputHelpers(Protocol):
    """Texts of values: ``output.py`` in both directions."""

    @property
    def escape(self) -> Callable[[Any], Any]:
        """Return the text of a value, escaped.

        Noted: the result of an ``__html__`` or ``__str__`` of the app.
        """

    def text_of(self, value: Any, /) -> Any:
        """Return ``str(value)``. Noted: the result of a ``__str__`` of the app."""

    def Markup(self, value: Any, /) -> Any:
        """Return a value as markup. Noted: the result of an ``__html__`` of the app."""

    def markup_join(self, values: Any, /) -> Any:
        """Join values for ``~`` where output is escaped. Noted: the text, if a value is opaque."""

    def str_join(self, values: Any, /) -> Any:
        """Join values for ``~`` where output is not escaped. Noted: as for :meth:`markup_join`."""

    def escaping(self, value: Any, /) -> Any:
        """Return whether the following output is escaped: ``{% autoescape value %}``.

        Noted: the truth of an opaque value.
        """


class PieceHelpers(Protocol):
    """Nested pieces of output: ``pieces.py`` in both directions."""

    @property
    def through(self) -> Callable[[Iterable[str]], Iterable[str]]:
        """Yield the pieces that a block, or another template, adds to the output around it."""


class IgnoringHelpers(Protocol):
    """Ignored parts: ``ignoring.py`` in both directions."""

    def ignore_begins(self) -> bool:
        """Return whether to run an ignored part, which begins here.

        A recording runs it. A replay skips it.
        """

    def ignore_ends(self) -> None:
        """End an ignored part, even if it raised. Its reads are removed from the log."""

    def ignore_opens(self) -> str:
        """Return the mark before the output of an ignored part. A replay has none."""

    def ignore_closes(self) -> str:
        """Return the mark after the output of an ignored part."""

    def ignored_name(self, resolve: Callable[[str], Any], name: str, /) -> Any:
        """Look up a name that only ignored parts use. Noted: nothing; in a replay the name is
        missing.
        """


class SharedHelpers(Protocol):
    """What Jinja creates for a template: ``engine/runtime.py``, for both directions."""

    @property
    def environment(self) -> Any:
        """The object that the code knows as ``environment``.

        It finds templates, filters and tests, and makes undefined values. Noted: the template that
        a name meant, and the results of filters and tests of the app.
        """

    def overlaid(self, context: Any, name: str, /) -> Any:
        """Look up a name in a context whose variables an extension's tag has laid over others."""

    def inherit(self, context: Any, /) -> dict[str, Any]:
        """Return a template's variables for one that it includes or imports with context."""

    def derive(self, context: Any, /, *arguments: Any) -> Any:
        """Return the context of a scoped block, which carries the same runtime."""

    def Macro(self, environment: Any, /, *arguments: Any) -> Any:
        """Return a macro that knows whether the template or the app calls it."""

    def TemplateReference(self, context: Any, /) -> Any:
        """Return the ``self`` of a template, whose blocks know that the app calls them."""

    def block_of(self, found: Any, /) -> Any:
        """Return ``super``, which knows that the app calls it."""

    def LoopContext(self, iterable: Any, /, *arguments: Any) -> Any:
        """Return the ``loop`` of ``{% for %}``, over the items of ``iterate``."""

    @property
    def Namespace(self) -> Any:
        """The types on which a template may set attributes.

        In a replay that includes stand-ins for objects of such a type.
        """

    def made(self, container: Any, /) -> Any:
        """Note that the template itself created a container, and return it.

        Both directions know its content. A recording implements this in ``log.py``.
        """

    def given(self, result: Any, /) -> Any:
        """Note the result of a macro or a recursive loop, and return it."""

    @property
    def escape_text(self) -> Callable[[str], str]:
        """Escape an exact ``str``. Noted: nothing.

        The code itself checks for the type, because most values are texts.
        """

    @property
    def plain_text(self) -> type:
        """The type that :attr:`escape_text` takes."""


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
    """All helpers that instrumented code may call, under the names in the code.

    ``_h_…`` in the code is the method of that name. Names from Jinja's own code stay: ``escape``,
    ``Macro``, ``LoopContext``, and ``str``, which is :meth:`~OutputHelpers.text_of`.
    """


class AsyncHelpers(Helpers, Protocol):
    """Further helpers in an asynchronous environment.

    Only a recording runs in one (``calls.py``, ``iteration.py``). A replay awaits nothing.
    """

    @property
    def auto_await(self) -> Any:
        """Await the result of a call if it is awaitable. Noted: the result of awaiting."""

    def auto_aiter(self, value: Any, /) -> Any:
        """Yield the items of a value for ``async for``; as :meth:`~IterationHelpers.iterate`."""

    def AsyncLoopContext(self, iterable: Any, /, *arguments: Any) -> Any:
        """Return the ``loop`` of an asynchronous environment."""


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
"""The sections that a recording and a replay implement differently, by the name of the two
modules.
"""

HELPER_NAMES = frozenset(
    name for name in chain(*map(vars, AsyncHelpers.__mro__)) if not name.startswith("_")
)
"""The names of all helpers."""
