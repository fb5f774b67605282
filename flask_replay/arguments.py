"""Check the arguments of ``Replay``, so that a mistake shows at start-up and not in a visitor's
request.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from .errors import ConfigError
from .sanitize import Sanitizer
from .settings import STORE
from .storage import Storage
from .storage.files.folder import in_the_way
from .value_forms import shown

logger = logging.getLogger("flask_replay")

HOOKS = ("read", "params", "delta")


def check_app(app: object) -> Flask:
    """Return the Flask app itself, if it can still be recorded.

    :param app: an app, or ``current_app``.
    :raises ConfigError: it is not a Flask app, or it has already handled a request.
    """
    found = getattr(app, "_get_current_object", lambda: app)()
    if not isinstance(found, Flask):
        hint = "pass the Flask object itself, not a wrapper around it"
        if any(base.__module__.startswith("quart") for base in type(found).__mro__):
            hint = "Quart is another framework; its apps cannot be recorded"
        raise ConfigError(f"app must be a Flask app, got {shown(found)}: {hint}")
    if getattr(found, "_got_first_request", False):
        raise ConfigError(
            f"the app {found.name!r} has already answered requests: call Replay(app) before the "
            "first one"
        )
    return found


def check_arguments(
    url_prefix: object,
    authorize: object,
    identify: object,
    sanitizer: object,
    should_record: object,
) -> None:
    """Check the arguments of ``Replay`` other than the store.

    :raises ConfigError: an argument is invalid; the message names it.
    """
    check_prefix(url_prefix)
    if authorize is not None:
        check_callable("authorize", authorize, "action", "recording")
    if identify is not None:
        check_callable("identify", identify)
    if should_record is not None:
        check_callable("should_record", should_record, "request")
    if sanitizer is not None:
        check_sanitizer(sanitizer)


def check_login(url: str | None, identify: object) -> None:
    """Check that ``identify`` is there when a login address is set.

    :raises ConfigError: there is no ``identify``. Without it, people who are logged in but may not
        look would be redirected to the login page again and again.
    """
    if url is not None and identify is None:
        raise ConfigError(f"login_url={url!r} requires identify, which says who is logged in")


def check_prefix(prefix: object) -> None:
    """Check the path of the player.

    :raises ConfigError: it is not a path.
    """
    if prefix is not None and (not isinstance(prefix, str) or prefix[:1] not in {"", "/"}):
        raise ConfigError(
            f"url_prefix must be a path that begins with '/', or None, got {shown(prefix)}"
        )


def check_callable(name: str, value: object, *arguments: str) -> None:
    """Check a function that is called in requests.

    :param arguments: the names of the arguments that it is called with.
    :raises ConfigError: it is not a function, does not take these arguments, or is a coroutine or
        generator function.
    """
    what = (
        f"a function of ({', '.join(arguments)})" if arguments else "a function without arguments"
    )
    refused = f"{name} must be {what}, got {shown(value)}"
    if isinstance(value, type):
        raise ConfigError(f"{refused}: calling a class only creates an object")
    if not callable(value):
        raise ConfigError(refused)
    if any(_is_later(function) for function in (value, type(value).__call__)):
        raise ConfigError(
            f"{refused}, which is a coroutine or generator function: use a plain def and return "
            "the result"
        )
    try:
        signature = inspect.signature(value, follow_wrapped=False)
    except (TypeError, ValueError):
        return  # a function written in C has no signature
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise ConfigError(f"{refused}, which takes {signature}: {error}") from None


def _is_later(function: Callable[..., Any]) -> bool:
    """Whether calling a function returns a coroutine or generator and runs nothing yet."""
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or inspect.isgeneratorfunction(function)
    )


def check_sanitizer(sanitizer: object) -> None:
    """Check an app's sanitizer.

    :raises ConfigError: it is a class, lacks a hook, or has a hook that does not take the arguments
        of :class:`Sanitizer`'s.
    """
    if isinstance(sanitizer, type):
        raise ConfigError(
            f"sanitizer must be an object, got {shown(sanitizer)}: pass an object of this class"
        )
    lacking = [hook for hook in HOOKS if not callable(getattr(sanitizer, hook, None))]
    if lacking:
        what = f"{shown(sanitizer)}, which lacks {', '.join(lacking)}"
        raise ConfigError(f"sanitizer must be an object with the hooks of Sanitizer, got {what}")
    for hook in HOOKS:
        _, *arguments = inspect.signature(getattr(Sanitizer, hook)).parameters
        check_callable(f"the sanitizer's {hook}", getattr(sanitizer, hook), *arguments)


def check_store(name: str, value: object) -> Any:
    """Return a store, or the path of one, if it is valid.

    :param name: the name of the argument or setting.
    :raises ConfigError: it is neither; the message names the methods that an object lacks.
    """
    found = STORE.read(name, value)
    parts = [part for part in dir(Storage) if part[0] != "_"]
    # Ask the class first: a property of the object may wait for a store that hangs.
    lacking = [part for part in parts if not hasattr(type(found), part)]
    lacking = [part for part in lacking if not hasattr(found, part)]
    if not isinstance(found, str) and lacking:
        what = f"{shown(found)}, which lacks {', '.join(lacking)}"
        raise ConfigError(f"{name} must be a Journal and an Archive, got {what}")
    return found


def check_templates(app: Flask, folder: str | None) -> None:
    """Check that ``REPLAY_TEMPLATES`` names a folder.

    :raises ConfigError: there is no such folder.
    """
    if folder is not None and not (Path(app.root_path) / folder).is_dir():
        raise ConfigError(
            f"REPLAY_TEMPLATES must be a folder below {app.root_path}, or a path; there is no "
            f"folder {folder}"
        )


def check_places(app: Flask, storage: Any, spool: Path) -> None:
    """Check the store and the spool at start-up, and log what keeps them from being written.

    A folder that cannot be written is only logged, because it may be repaired while the app runs.

    :raises ConfigError: the store reports that it can never work.
    """
    check: Callable[[Flask], None] | None = getattr(storage, "check", None)
    if check is not None:
        check(app)
    for name, place in (("the store", getattr(storage, "path", None)), ("the spool", spool)):
        problem = in_the_way(place) if isinstance(place, Path) else ""
        if problem:
            logger.error(
                "Flask-Replay: %s cannot be written: %s; move it away, or configure another folder",
                name,
                problem,
            )
