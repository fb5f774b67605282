"""Remove secrets from URLs: from paths, queries, fragments, credentials, and URLs within them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ...sanitize import REDACTED
from ...sanitize.common_values import Reach, reach
from ...sanitize.guarded import GuardedSanitizer
from ..requests.routes import Routes
from .plain_data import text

_CREDENTIALS = re.compile(r"\A((?:[A-Za-z][\w+.-]*:)?//)([^/@]*)@")
_LOCATION = re.compile(r"\A((?:[A-Za-z][\w+.-]*:)?//[^/?#]*)?(/.*)\Z", re.DOTALL)

_IN_TEXT = re.compile(r"\s")
_ADDRESS = re.compile(
    r"(?:[A-Za-z][\w+.-]{0,30}:)?(?://?[^\s?#]*[?#][^\r\n]*"
    r"|//[^\s/?#@:]*:[^\s/@][^/@\r\n]{0,256}@\S*)"
)
"""A whole text that is a URL, whose query or password may contain spaces."""

_WORD = re.compile(r"(?<!\S)\S*(?://|[?#])\S*(?:(?: [^\s&=]{1,40}){1,4}&[\w.\[\]-]{1,40}=\S*)?")
"""A word that may be an address, with words of its query before a further parameter. It begins
where a word begins; otherwise a long word would take quadratic time.
"""

_SHORT = 256
"""A URL with fewer characters, without parameters and host, is kept without a closer look."""

_MAX_NESTED = 3
"""Levels of URLs within URLs that are examined."""

_GRANT = frozenset({"code", "state"})
"""The parameters with which an OAuth provider sends the visitor back: RFC 6749, section 4.1.2."""

_LONG = 8


class Addresses:
    """Sanitizes the URLs of one request, and learns their secrets.

    :param sanitizer: the sanitizer of the request.
    :param routes: knows the arguments in the paths of the app's pages.
    :param host: the scheme and host of the request.
    :param root: the prefix under which the app is served.
    """

    def __init__(
        self,
        sanitizer: GuardedSanitizer,
        routes: Routes | None = None,
        host: str = "",
        root: str = "",
    ) -> None:
        self.sanitizer = sanitizer
        self.routes = routes
        self.host = host
        self.root = root

    def clean(self, url: str, depth: int = 0) -> str:
        """Return a URL with its path and query sanitized, and without credentials.

        The parameters in its fragment (``#access_token=…``) and in URLs within it
        (``?next=/reset?token=…``) are sanitized, too.
        """
        if (
            url.isascii()
            and "?" not in url
            and "#" not in url
            and "//" not in url
            and len(url) < _SHORT
        ):
            return self._path(url)
        rest, hash, fragment = text(url).partition("#")
        base, mark, query = rest.partition("?")
        if "@" in base:
            base = _CREDENTIALS.sub(self._credentials, base)
        location = _LOCATION.match(base)
        path = unquote(location[2] if location is not None else base)
        base = self._path(base)
        if "=" in fragment:
            fragment = self._query(fragment, path, depth)
        return f"{base}{mark}{self._query(query, path, depth)}{hash}{fragment}"

    def _credentials(self, match: re.Match[str]) -> str:
        """Return the part before the credentials in an address, and learn the password."""
        user, _, password = match[2].partition(":")
        secret = unquote(password or user)
        if password or reach(secret) is Reach.ANYWHERE:  # git@… is a name
            self.sanitizer.memory.learn(secret, name="password")
        return match[1]

    def _path(self, base: str) -> str:
        """Return scheme, host and path. A path of this app is returned without its secrets."""
        match = _LOCATION.match(base) if self.routes is not None else None
        if (
            match is None
            or self.routes is None
            or (match[1] and self.host.partition("//")[2] != match[1].partition("//")[2])
        ):
            return base
        return (match[1] or "") + self.routes.clean(match[2], self.root, self.sanitizer.params)

    def _query(self, query: str, path: str, depth: int) -> str:
        """Return a query, sanitized.

        :param path: where a form may have been sent that it contains.
        """
        names: dict[str, Any] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            names.setdefault(name, []).append(value)
        if not names:
            return query
        kept = {
            name: self.within(value, depth + 1)
            for name, value in self.sanitizer.typed(names, path).items()
        }
        if names.keys() >= _GRANT:
            for name in _GRANT:
                if len(names[name][0]) >= _LONG:
                    kept[name] = [REDACTED]
                    self.sanitizer.memory.learn(names[name][0], name="oauth_token")
        if self.sanitizer.memory.whole_values:  # a PIN is a whole value here
            kept = self.sanitizer.hide(kept)
        return query if kept == names else urlencode(kept, doseq=True, quote_via=quote, safe="[]/")

    def within(self, value: Any, depth: int = 0) -> Any:
        """Sanitize whatever looks like a URL in plain data."""
        if isinstance(value, list):
            return [self.within(item, depth) for item in value]
        if isinstance(value, dict):
            return {name: self.within(item, depth) for name, item in value.items()}
        if isinstance(value, str) and _looks_like_url(value):
            if _IN_TEXT.search(value) and not _ADDRESS.fullmatch(value):
                return _WORD.sub(lambda word: self._word(word[0], depth), value)
            return self.clean(value, depth) if depth < _MAX_NESTED else REDACTED
        return value

    def _word(self, word: str, depth: int) -> str:
        """Return a word of a text, sanitized if it looks like a URL."""
        if not _looks_like_url(word):
            return word
        return self.clean(word, depth) if depth < _MAX_NESTED else REDACTED


def _looks_like_url(value: str) -> bool:
    if "//" in value or ("=" in value and ("?" in value or "#" in value)):
        return True
    return value.startswith("/") and not value.isspace() and " " not in value
