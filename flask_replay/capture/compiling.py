"""Compile an app's template once more, instrumented, and write down what a replay needs of it."""

from __future__ import annotations

from typing import Any

import msgspec
from jinja2 import Environment, Template, TemplateNotFound
from jinja2.runtime import Context

from ..codec import digest_key
from ..sanitize.names import sensitive
from ..trace import operations as op
from ..trace import syntax
from ..trace.documents import Setup, parse
from ..trace.frame import Compiled
from ..trace.instrument import ASKS_AGAIN, generate


def compile_template(template: Template, source: str | None) -> Compiled | None:
    """Compile the source that a template was made of.

    :param template: as the app's environment made it.
    :param source: its source, when that was seen; else the loader is asked.
    :returns: ``None`` when there is no source: a template made of bare nodes or a module.
    """
    environment = template.environment
    if source is None:
        source = _load(environment, template.name)
        if source is None:
            return None
    overlay = _overlay(environment)
    document = parse(overlay, template.name, template.filename, source, environment)
    data = msgspec.msgpack.encode(document)
    # the very tree that a replay will compile: what was normalised on the way is so here too
    tree = syntax.read(document.tree)
    code = generate(overlay, tree, template.name, template.filename, sensitive=sensitive)
    twin = Template.from_code(environment, code, template.globals)
    return Compiled(twin, digest_key(data), data)


def _load(environment: Environment, name: str | None) -> str | None:
    if name is None or environment.loader is None or not environment.loader.has_source_access:
        return None
    try:
        return environment.loader.get_source(environment, name)[0]
    except TemplateNotFound:
        return None


def _overlay(environment: Environment) -> Environment:
    """Make an environment in which no filter, test or ``finalize`` of the app's is run to compile.

    Jinja runs what it can while it compiles; what the app answered then would be in the code and
    not in the record. Functions that want the context are never run early.
    """
    overlay = environment.overlay(cache_size=0, bytecode_cache=None)
    overlay.filters = {
        name: function if op.is_own_filter(name, function) else op.postponed
        for name, function in environment.filters.items()
    }
    overlay.tests = {
        name: function if op.is_own_test(name, function) else op.postponed
        for name, function in environment.tests.items()
    }
    if environment.finalize is not None:
        overlay.finalize = op.postponed
    return overlay


class WrittenSetup:
    """The settings of an environment that shape a render, written down.

    :ivar state: what it was made of; another state needs another setup.
    """

    def __init__(self, environment: Environment) -> None:
        self.state = setup_state(environment)
        kind = environment.undefined
        self.document = msgspec.msgpack.encode(
            Setup(
                undefined=next((name for name, own in op.UNDEFINED_KINDS.items() if own is kind), ""),
                finalize=environment.finalize is not None,
                filters=sorted(name for name, own in environment.filters.items() if not op.is_own_filter(name, own)),
                tests=sorted(name for name, own in environment.tests.items() if not op.is_own_test(name, own)),
                binops=sorted(getattr(environment, "intercepted_binops", ())),
                unops=sorted(getattr(environment, "intercepted_unops", ())),
                names=environment.context_class.resolve_or_missing is not Context.resolve_or_missing,
                asks_again=ASKS_AGAIN,
                policies={
                    name: value
                    for name, value in sorted(environment.policies.items())
                    if value is None or isinstance(value, str | int | float | bool)
                },
            )
        )
        self.key = digest_key(self.document)


def setup_state(environment: Environment) -> tuple[Any, ...]:
    """Give what changes when an app changes its environment, quickly."""
    return (
        environment.undefined,
        environment.finalize,
        len(environment.filters),
        len(environment.tests),
        len(environment.globals),
    )
