"""The kinds of environments in which templates are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import (
    ChainableUndefined,
    DebugUndefined,
    StrictUndefined,
    pass_context,
    pass_environment,
    pass_eval_context,
    select_autoescape,
)
from jinja2.nativetypes import NativeEnvironment
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from markupsafe import Markup


class Sandboxed(SandboxedEnvironment, Environment):
    """An app's environment that checks operations."""


class Immutable(ImmutableSandboxedEnvironment, Environment):
    """One that also prevents templates from changing objects."""


class Native(NativeEnvironment, Environment):
    """One whose templates give values."""


@dataclass(frozen=True)
class Kind:
    """A kind of environment.

    :param options: what it is made with.
    :param tags: extensions of Jinja's that it has.
    :param environment: its class.
    :param newstyle: whether ``gettext`` formats, too.
    """

    options: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    environment: type[Any] = Environment
    newstyle: bool = False

    @property
    def block(self) -> tuple[str, str]:
        """The delimiters of tags."""
        return self.options.get("block_start_string", "{%"), self.options.get(
            "block_end_string", "%}"
        )

    @property
    def variable(self) -> tuple[str, str]:
        """The delimiters of printed expressions."""
        return self.options.get("variable_start_string", "{{"), self.options.get(
            "variable_end_string", "}}"
        )

    def prepare(self, app: Flask) -> None:
        """Give an app such an environment, with filters and tests."""
        app.jinja_environment = self.environment
        extensions = [f"jinja2.ext.{tag}" for tag in self.tags]
        app.jinja_options = {"auto_reload": True, **self.options, "extensions": extensions}
        # tells how often a module is made
        app.jinja_env.globals["numbered"] = partial(next, count(1))
        app.jinja_env.filters["shout"] = lambda value: f"{value}!"
        app.jinja_env.filters.update(of_page=_of_page, marked=_marked, known=_known)
        app.jinja_env.tests["shown"] = _is_shown
        app.jinja_env.tests["grown"] = lambda value: getattr(value, "age", 0) > 30
        if "i18n" in self.tags:
            install: Callable[..., None] = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
            install(
                lambda text: f"*{text}",
                lambda one, some, number: one if number == 1 else some,
                newstyle=self.newstyle,
            )


@pass_context
def _of_page(context: Context, value: object) -> str:
    return f"{value}{'word' in context}"


@pass_eval_context
def _marked(context: EvalContext, value: object) -> str:
    return Markup("<b>{}</b>").format(value) if context.autoescape else f"<b>{value}</b>"


@pass_environment
def _known(environment: Environment, value: object) -> str:
    return f"{value}{'shout' in environment.filters}"


@pass_context
def _is_shown(context: Context, value: object) -> bool:
    return value is context.resolve("ann")


_DELIMITERS = {
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "${", "variable_end_string": "}",
}  # fmt: skip

KINDS = {
    "plain": Kind(),
    "tags": Kind(tags=("do", "loopcontrols", "i18n")),
    "newstyle": Kind(tags=("i18n",), newstyle=True),
    "async": Kind({"enable_async": True}, tags=("do", "loopcontrols")),
    "sandboxed": Kind(environment=Sandboxed, tags=("do",)),
    "immutable": Kind(environment=Immutable),
    "native": Kind(environment=Native),
    "native async": Kind({"enable_async": True}, environment=Native, tags=("do",)),
    "native bare text": Kind({"autoescape": False}, environment=Native),
    "bare text": Kind({"autoescape": False}),
    "selected": Kind({"autoescape": select_autoescape(["page.html"], default=False)}),
    "strict": Kind({"undefined": StrictUndefined}),
    "chainable": Kind({"undefined": ChainableUndefined}, tags=("do",)),
    "debug": Kind({"undefined": DebugUndefined}),
    "delimiters": Kind(
        {**_DELIMITERS, "trim_blocks": True, "lstrip_blocks": True}, tags=("loopcontrols",)
    ),
    "finalize": Kind({"finalize": lambda value: "" if value is None else value}),
    "unoptimized": Kind({"optimized": False}),
    "uncached": Kind({"cache_size": 0}),
    "evicting": Kind({"cache_size": 2}),
}
