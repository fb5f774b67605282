"""Mount the player among an app's routes: under a unique name, on every host, and without hiding
routes of the app.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from flask import Blueprint, Flask, current_app, has_request_context, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule, ValidationError

from ..errors import ConfigError
from ..host.own_routes import OwnRoutes
from ..recording.ids import first_id
from .api_errors import add_converter

NAME = "flask_replay"
"""Name of the blueprint, unless the app gives it another."""

_HOST = "flask_replay_host"
"""The argument for the host in the player's routes, in an app with host matching."""

_SAMPLES = (
    first_id(1_700_000_000),
    "1",
    "1.5",
    "a/b",
    "00000000-0000-4000-8000-000000000000",
    *("x" * n for n in range(1, 40)),
)
"""Sample values for arguments of routes. Most converters accept one of them."""


class PlayerBlueprint(Blueprint):
    """The blueprint of the player. In an app with ``host_matching``, ``host=`` sets its host;
    otherwise it is on all hosts.
    """

    def register(self, app: Any, options: dict[str, Any]) -> None:
        """Register the player in an app.

        :raises ConfigError: a blueprint with this name is already registered.
        """
        name = ".".join(filter(None, (options.get("name_prefix"), options.get("name", self.name))))
        if app.blueprints.get(name) is self:
            places = " and ".join(OwnRoutes(app).root_paths[:1])
            raise ConfigError(
                f"the player is already registered, at {places}: pass url_prefix=None to Replay "
                "to register replay.blueprint elsewhere, or name= to register it twice"
            )
        with _building_late(app):
            super().register(app, options)

    def make_setup_state(
        self, app: Any, options: dict[str, Any], first_registration: bool = False
    ) -> _Setup:
        """Return the object that registers the routes."""
        add_converter(app.url_map)
        return _Setup(self, app, options, first_registration)


class _Setup(BlueprintSetupState):
    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register a route, with a host if all routes of the app have one."""
        if self.app.url_map.host_matching:
            options.setdefault("host", self.options.get("host", f"<{_HOST}>"))
        super().add_url_rule(rule, endpoint, view_func, **options)


@contextmanager
def _building_late(app: Any) -> Iterator[None]:
    """Let each route that is added in this block compile the function that builds its addresses
    when it is first called. Otherwise, those of the player's fifty routes would take two thirds of
    the time of ``Replay(app)``, which many test suites call for each test.
    """
    own = vars(app).get("url_rule_class")
    app.url_rule_class = _built_late(app.url_rule_class)
    try:
        yield
    finally:
        del app.url_rule_class
        if own is not None:
            app.url_rule_class = own


@cache
def _built_late(rule_class: type[Rule]) -> type[Rule]:
    """Return a class of routes like another one that compiles when an address is built."""

    class BuiltLate(rule_class):  # type: ignore[misc, valid-type]
        def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
            compiled = cache(partial(super()._compile_builder, append_unknown))

            def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
                address: tuple[str, str] = compiled()(rule, **values)
                return address

            return build

    return BuiltLate


def forget_host(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Remove the host from the arguments of the player's views."""
    if values is not None:
        values.pop(_HOST, None)


def name_host(endpoint: str, values: dict[str, Any]) -> None:
    """Build the player's addresses with the host of the current request."""
    if current_app.url_map.is_endpoint_expecting(endpoint, _HOST):
        host = (
            request.host
            if has_request_context()
            else current_app.config["SERVER_NAME"] or "localhost"
        )
        values.setdefault(_HOST, host)


def endpoint_of(app: Flask, view: str) -> str | None:
    """Return the endpoint of one of the player's views, under the name that the app gave it, or
    ``None``.
    """
    return min(
        (name for name in OwnRoutes(app).endpoints if name.endswith(f".{view}")), default=None
    )


def clashes(app: Flask) -> list[str]:
    """Return a line for each route of an app that hides a page of the player, or is hidden by
    one.
    """
    own = OwnRoutes(app).endpoints
    found: dict[str, None] = {}
    for rule, host, path in _addresses(app, own):
        for method in sorted((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            met = _met(app, rule, host, path, method)
            if met is None or (met.endpoint in own) is (rule.endpoint in own):
                continue
            theirs, page = (met, rule) if rule.endpoint in own else (rule, met)
            verb = "hides the player's" if met is theirs else "is hidden by the player's"
            found[
                f"the app's route {theirs.rule!r} (endpoint {theirs.endpoint!r}) {verb} "
                f"{page.rule!r}:"
                " give Replay another url_prefix, or None for no player"
            ] = None
    return list(found)


def _addresses(app: Flask, own: frozenset[str]) -> Iterator[tuple[Rule, str, str]]:
    """Return an address for each route, as host or subdomain and path: of the player, and of routes
    below its prefix.
    """
    rules = [rule for rule in app.url_map.iter_rules() if not rule.build_only]
    below = tuple({_start(rule) for rule in rules if rule.endpoint in own})
    if not any(rule.endpoint not in own and _may_meet(rule, below) for rule in rules):
        return  # most apps
    hosts = {rule.host for rule in rules if rule.host and "<" not in rule.host}
    for rule in rules:
        if below and rule.rule.startswith(below):
            built = rule.build(_arguments(rule), append_unknown=False)
            if built is not None:
                wild = f"<{_HOST}>" == rule.host
                yield from (
                    (rule, host, built[1]) for host in (hosts if wild and hosts else [built[0]])
                )


def _start(rule: Rule) -> str:
    """Return the text with which all paths of a route start."""
    return rule.rule.partition("<")[0]


def _may_meet(rule: Rule, starts: tuple[str, ...]) -> bool:
    """Whether a route may match the same path as a route with one of these starts."""
    start = _start(rule)
    return start.startswith(starts) or (
        start != rule.rule and any(other.startswith(start) for other in starts)
    )


def _arguments(rule: Rule) -> dict[str, Any]:
    """Return values for the arguments of a route, as far as its converters accept a sample."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        for sample in (*getattr(converter, "items", ()), *_SAMPLES):
            try:
                values[name] = converter.to_python(sample)
                if converter.to_url(values[name]) == sample and re.fullmatch(
                    converter.regex, sample
                ):
                    break
            except (ValidationError, ValueError, TypeError):
                continue
        else:
            values.pop(name, None)
    return values


def _met(app: Flask, rule: Rule, host: str, path: str, method: str) -> Rule | None:
    """Return the route that handles an address."""
    matching = app.url_map.host_matching
    adapter = app.url_map.bind(
        host if matching else "localhost", subdomain=None if matching else host
    )
    try:
        met, _ = adapter.match(path, method=method, return_rule=True, websocket=rule.websocket)
    except (HTTPException, RequestRedirect):
        return None
    return met
