"""The app's sanitizer as the recorder calls it for one request. If a hook raises, the data that it
should have cleaned is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..boundary import Boundary
from ..errors import ConfigError
from ..value_forms import kind
from .codes_by_purpose import is_code_of_visitor
from .common_values import Reach, reach
from .credentials import parts_of
from .descriptions import is_remark
from .embedded_documents import document_of
from .form_fields import field_key, is_secret_of_field
from .harmless_values import is_address
from .memory import Memory
from .names import DEFAULT_NAMES, sensitive
from .sanitizer import REDACTED, Sanitizer
from .texts_for_people import is_label, mentions_secret


def texts_of(value: Any) -> list[str]:
    """Return a text, or those in a list."""
    return [text for text in (value if isinstance(value, list) else [value]) if type(text) is str]


def returned(hook: str, found: object) -> dict[str, Any]:
    """Return the result of a hook of the app's sanitizer. A forgotten ``return`` makes it ``None``.

    :raises ConfigError: it is not a dictionary.
    """
    if not isinstance(found, Mapping):
        raise ConfigError(
            f"the sanitizer's {hook} must return a dict of what to keep, got {kind(found)}"
        )
    return dict(found)


class GuardedSanitizer(Sanitizer):
    """Wraps a sanitizer for one request.

    :ivar failures: flags for events that lost a part because a hook raised.
    :ivar by_names_alone: whether only the names of parameters decide, because the app overrides no
        rule for them.
    :ivar memory: values that were masked in parameters and pages. They are masked in all other data
        of the request, too: a form may repeat a password under a name that is not sensitive.
    """

    def __init__(
        self, inner: Sanitizer, boundary: Boundary, memory: Memory | None = None, keep_ip: str = ""
    ) -> None:
        self.inner = inner
        self.keep_ip = keep_ip
        self.boundary = boundary
        self.memory = Memory() if memory is None else memory
        self.failures: dict[str, None] = {}
        self.reads_all = (
            type(inner).read is not Sanitizer.read
            or getattr(inner, "names", DEFAULT_NAMES) is not DEFAULT_NAMES
        )
        self.by_names_alone = not self.reads_all and type(inner).params is Sanitizer.params
        self.watches = self.reads_all or type(inner).delta is not Sanitizer.delta

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Clean a value that a template read. Returns ``REDACTED`` if the hook raises."""
        with self.boundary.guard("sanitize what a template read"):
            kept = self.inner.read(owner, name, value)
            if kept is None and value is not None:
                self.boundary.say(
                    "read",
                    "the sanitizer's read returned None: a hook returns what to keep, or REDACTED",
                )
            if kept == REDACTED and not self.reads_all and type(value) is str:
                says_so = is_remark(name, value) and self.memory.text(value) == value
                return value if says_so else kept
            return kept
        self.failures["failed:read"] = None
        return REDACTED

    def learn_read(self, owner: str, name: str, value: Any) -> None:
        """Learn a text or a number that a template read as a secret, if the sanitizer does not keep
        it.
        """
        kept = self.read(owner, name, value)
        if kept != value:
            self.memory.learn(str(value), str(kept), name=name)

    def params(self, params: dict[str, Any], *, answer: bool = False) -> dict[str, Any]:
        """Clean parameters, and learn the secrets in them. Returns no parameters if the hook
        raises.

        :param answer: they are a document of the app, so a text under the name of a secret may be a
            remark about it: ``{"password": ["This field is required."]}``, its label, or the
            address of a page about it.
        """
        if not params and self.by_names_alone:
            return {}
        with self.boundary.guard("sanitize the parameters of a request"):
            kept = returned("params", self.inner.params(params))
            if answer and kept != params and self.by_names_alone:
                kept = {key: self._remarked(item, kept[key], key) for key, item in params.items()}
            if kept != params:
                self._learn(params, kept, "")
            return kept
        self.failures["failed:params"] = None
        return {}

    def typed(self, params: dict[str, Any], target: str) -> dict[str, Any]:
        """Clean what a form or a script sent. What is typed in a field for passwords is secret
        under any name, and so is a code that is sent to where visitors log in.

        :param target: the path to which it was sent.
        """
        kept = self.params(params)
        passwords = self.memory.lasting.fields
        return kept | {
            name: self.params({"password": value}).get("password", REDACTED)
            for name, value in params.items()
            if kept.get(name) == value
            and (
                (passwords and field_key(name, target) in passwords)
                or is_code_of_visitor(name, value, target)
                or is_secret_of_field(name, texts_of(value))
            )
        }

    def _remarked(self, before: Any, after: Any, name: str) -> Any:
        """Return cleaned data of the app with its remarks about secrets as they were."""
        if isinstance(before, str):
            says_so = after == REDACTED and _says_so(name, before)
            return before if says_so and self.memory.text(before) == before else after
        if isinstance(before, dict) and isinstance(after, dict):
            return {
                key: self._remarked(item, after[key], key if sensitive(key) else name)
                for key, item in before.items()
            }
        if isinstance(before, list) and isinstance(after, list):
            pairs = zip(before, after, strict=True)
            return [self._remarked(item, kept, name) for item, kept in pairs]
        return after  # also of a container that is nested too deeply

    def learn_cookies(self, values: Iterable[str]) -> None:
        """Learn the values of cookies that may be secret, for this request only."""
        if not self.by_names_alone:
            self.learn_unkept({"cookie": [*values]})
            return
        with self.boundary.guard("sanitize the parameters of a request"):
            for value in filter(None, values):
                for secret in (value, *parts_of(value)):
                    self.memory.learn(secret, name="cookie", lasting=False)

    def learn_unkept(self, params: dict[str, Any], *, lasting: bool = False) -> None:
        """Learn the secrets in parameters that are not recorded: cookies, headers, fields of pages.

        :param lasting: mask them in later requests, too.
        """
        with self.boundary.guard("sanitize the parameters of a request"):
            self._learn(params, returned("params", self.inner.params(params)), "", lasting=lasting)

    def _learn(self, before: Any, after: Any, name: str, *, lasting: bool = True) -> None:
        if isinstance(before, dict):
            for key, value in before.items():
                kept = after.get(key) if isinstance(after, dict) else REDACTED
                self._learn(
                    value, kept, key if sensitive(key) or not name else name, lasting=lasting
                )
        elif isinstance(before, list):
            same = isinstance(after, list) and len(after) == len(before)
            for value, kept in zip(
                before, after if same else [REDACTED] * len(before), strict=True
            ):
                self._learn(value, kept, name, lasting=lasting)
        elif before != after and isinstance(before, str | int) and not isinstance(before, bool):
            placeholder = after if isinstance(after, str) and after else REDACTED
            part = placeholder != REDACTED and not sensitive(name)  # the value was masked in part
            self.memory.learn(str(before), placeholder, name=name, lasting=lasting, piece=part)
            if part:
                self._learn_within(str(before), placeholder, lasting=lasting)
            else:
                if lasting:  # otherwise it may be a message of the page
                    self.memory.learn_phrase(str(before), placeholder)
                for secret in parts_of(str(before)):
                    self.memory.learn(secret, name=name, lasting=lasting)

    def _learn_within(self, before: str, after: str, *, lasting: bool) -> None:
        """Learn what was masked in a text: in the document that it contains, or in its prose."""
        document = document_of(before)
        if document is not None:
            self._learn(document, document_of(after), "", lasting=lasting)
            return
        start, found, end = after.partition(REDACTED)
        if found and before.startswith(start) and before.endswith(end):
            secret = before[len(start) : len(before) - len(end)]
            self.memory.learn(secret, name="password", lasting=lasting)

    def may_hold(self, data: object) -> bool:
        """Whether plain data, or events, may contain a secret."""
        return self.memory.may_hold(data)

    def learn_from_texts(self, data: object, read: object = None) -> None:
        """Learn secrets from texts that name them, such as ``password=…``. Learns none if that
        raises.

        :param read: if given, only secrets that occur in it are learnt.
        """
        with self.boundary.guard("look for secrets in texts"):
            self.memory.learn_from_texts(data, read)

    def hide(self, data: Any) -> Any:
        """Mask the learnt secrets in plain data."""
        return self.memory.hide(data)


def _says_so(name: str, text: str) -> bool:
    """Whether a text of the app under the name of a secret is a remark about it, its label, or the
    address of a page about it.
    """
    return (
        is_remark(name, text)
        or (mentions_secret(text, name) and is_label(text))
        or is_address(name, text)
        or (text.startswith("/") and reach(text) is Reach.OWN)
    )
