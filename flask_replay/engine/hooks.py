"""The methods of a runtime that Jinja's objects and other parts of the engine call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import GeneratorType
from typing import Any

from jinja2 import Environment, Template, TemplateNotFound, TemplatesNotFound, Undefined
from jinja2.runtime import AsyncLoopContext, Context
from jinja2.utils import Namespace
from markupsafe import Markup, escape

try:
    # the function that escape() calls for a plain text
    from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]
except ImportError:  # another version of MarkupSafe
    escape_text = escape

_NAMING = (str, Undefined, Template)


class Hooks:
    """The methods of a runtime that are not called by a template's code, see ``protocol`` for
    those.

    The modules of the recording and the replaying runtime override them. The methods here behave
    like Jinja.

    :param base: the environment that contexts, macros and filters see.
    :ivar shares: whether the app was given a context or another object of Jinja's own, which it may
        keep.
    :ivar shared: these objects by identity, without contexts; the last one given comes last.
    """

    getattr: Callable[[Any, str], Any]
    getitem: Callable[[Any, Any], Any]
    truth: Callable[[Any], Any]
    through: Callable[[Iterable[str]], Iterable[str]]

    Namespace: type | tuple[type, ...] = Namespace
    """The types on which a template may set attributes."""

    plain_text = str
    escape_text: Callable[[str], str] = staticmethod(escape_text)
    """Escapes an exact ``str``. The result is only joined with other pieces, so it need not be
    ``Markup``.
    """

    gathers = False
    """Whether a page of an asynchronous environment is replayed, see ``documents.Setup``."""

    def __init__(self, base: Environment) -> None:
        self.base = base
        self.environment: Any = None
        self.inherited: frozenset[str] = frozenset()
        self.templates: dict[int, Any] = {}
        self.modules: list[Context] = []
        self.shares = False
        self.shared: dict[int, Any] = {}

    # includes.py in both directions

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template.

        :param name: what the template named: a name, a template object, or a stand-in for either.
        :param parent: name of the template that includes or imports it.
        :raises TemplateNotFound: there is no such template.
        """
        raise TemplateNotFound(str(name))

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates.

        :raises TemplatesNotFound: none of them exists.
        """
        raise TemplatesNotFound([])

    def default_module(self, template: Any, extra_names: bool) -> Any:
        """Return the module that all imports of a template without context share; ``None`` to
        create one.

        :param extra_names: as for :meth:`imports_anew`.
        """
        return None

    async def default_module_async(self, template: Any, extra_names: bool) -> Any:
        """Do the same in an asynchronous environment."""
        return self.default_module(template, extra_names)

    def imports_anew(self, extra_names: bool) -> bool:
        """Whether an import gets its own module, which is not shared with others.

        :param extra_names: the app passed names to the template that other templates do not see.
        """
        return extra_names

    def is_name(self, value: Any) -> bool:
        """Whether a value names one template, rather than a list of templates."""
        return isinstance(value, _NAMING)

    # calls.py in both directions

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code that was called."""
        return run(*arguments)

    # iteration.py in both directions

    def iterate(self, value: Any) -> Iterable[Any]:
        """Return the items of a value as the template iterates over them."""
        items: Iterable[Any] = iter(value)
        return items

    def measure(self, value: Any) -> int:
        """Return the length of a value that a loop iterates over."""
        return len(value)

    def advancing(self, loop: Any, *, measured: bool) -> None:
        """Note that a loop finds out its length, or takes the next item before its turn."""

    def turned(self, loop: Any) -> None:
        """Note that something other than its own ``for`` iterates over a loop."""

    def auto_aiter(self, value: Any) -> Any:
        """Return the items of a value, for ``async for``."""
        return AsyncLoopContext._to_iterator(value)

    # output.py in both directions

    def text_of(self, value: Any) -> Any:
        """Return the text of a value."""
        return str(value)

    def Markup(self, value: Any) -> Any:
        """Return a value as markup."""
        return Markup(value)

    def settle_escaping(self, context: Context) -> None:
        """Note whether the app lets the template of a new context escape."""

    # pieces.py in both directions

    def concat(self, pieces: Iterable[Any]) -> Any:
        """Join the output of a macro or a block as the environment does."""
        return self.base.concat(pieces)

    def shown(self, value: Any) -> str:
        """Return the text of a value that a native template returned, ``""`` if only the app knows
        it.
        """
        return str(value)

    # Containers that the template creates

    def made(self, container: Any) -> Any:
        """Note that the template itself created a container, and return it."""
        return container

    def given(self, result: Any) -> Any:
        """Note the result of a macro or a recursive loop, and return it. The result is a generator
        if the macro includes a template without context.
        """
        return self.made(result) if type(result) is GeneratorType else result
