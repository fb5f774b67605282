"""What a template's objects, and the parts of one direction, ask of the runtime they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import GeneratorType
from typing import Any

from jinja2 import Environment, Template, TemplateNotFound, TemplatesNotFound, Undefined
from jinja2.runtime import AsyncLoopContext, Context
from jinja2.utils import Namespace
from markupsafe import Markup, escape

try:
    # what escape() does to a plain text
    from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]
except ImportError:  # another version of MarkupSafe
    escape_text = escape

_NAMING = (str, Undefined, Template)


class Hooks:
    """What is asked of a runtime, by others than a template's code: see ``protocol`` for that.

    Each of a recording's and a replay's parts answers what its module is about. What neither does
    otherwise than Jinja is done here.

    :param base: the environment that contexts, macros and filters get to see.
    """

    getattr: Callable[[Any, str], Any]
    getitem: Callable[[Any, Any], Any]
    truth: Callable[[Any], Any]
    through: Callable[[Iterable[str]], Iterable[str]]

    Namespace: type | tuple[type, ...] = Namespace
    """What a template may set attributes of."""

    plain_text = str
    escape_text: Callable[[str], str] = staticmethod(escape_text)
    """Escapes what is exactly a ``str``. A page only joins it with the rest, so it need not be
    markup.
    """

    def __init__(self, base: Environment) -> None:
        self.base = base
        self.environment: Any = None
        self.inherited: frozenset[str] = frozenset()
        self.templates: dict[int, Any] = {}
        self.modules: list[Context] = []

    # includes.py in both directions

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template.

        :param name: what the template named: a name, a template object, or what stands for either.
        :param parent: name of the template that asks.
        :raises TemplateNotFound: there is none.
        """
        raise TemplateNotFound(str(name))

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates.

        :raises TemplatesNotFound: there is none of them.
        """
        raise TemplatesNotFound([])

    def default_module(self, template: Any, asked: bool) -> Any:
        """Return the module that all imports of a template without context share; ``None`` to make
        one.

        :param asked: as for :meth:`imports_anew`.
        """
        return None

    def imports_anew(self, asked: bool) -> bool:
        """Whether a module is made for one import alone, and not shared with others.

        :param asked: the app has given the template names that others do not see.
        """
        return asked

    def is_name(self, value: Any) -> bool:
        """Whether a value names one template, and is not a list of names."""
        return isinstance(value, _NAMING)

    # calls.py in both directions

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code that somebody called."""
        return run(*arguments)

    # iteration.py in both directions

    def iterate(self, value: Any) -> Iterable[Any]:
        """Return the items of a value as the template takes them."""
        items: Iterable[Any] = iter(value)
        return items

    def measure(self, value: Any) -> int:
        """Return the length of a value that a loop runs over."""
        return len(value)

    def auto_aiter(self, value: Any) -> Any:
        """Return the items of a value, for ``async for``."""
        return AsyncLoopContext._to_iterator(value)

    # output.py in both directions

    def text_of(self, value: Any) -> Any:
        """Return the text of a value."""
        return str(value)

    def Markup(self, value: Any) -> Any:
        """Take a value for markup."""
        return Markup(value)

    # pieces.py in both directions

    def concat(self, pieces: Iterable[Any]) -> Any:
        """Put together what a macro or a block yields, as the environment does."""
        return self.base.concat(pieces)

    def shown(self, value: Any) -> str:
        """Return the text of a value that a native template gives, ``""`` if only the app knows
        it.
        """
        return str(value)

    # What the template makes, and the end

    def made(self, container: Any) -> Any:
        """Learn that the template itself made a container."""
        return container

    def given(self, result: Any) -> Any:
        """Learn what a macro or a recursive loop gave: one that includes without context is a
        generator.
        """
        return self.made(result) if type(result) is GeneratorType else result

    def release(self) -> None:
        """Break the circles that would keep the garbage collector busy; to be called when all is
        done.

        A module leads to its macros, these to their context, and that to them; the helpers lead to
        their runtime.
        """
        for context in self.modules:
            context.vars.clear()
        self.__dict__.clear()
