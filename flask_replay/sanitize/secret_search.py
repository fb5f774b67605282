"""A search for many secrets in a text in one pass, in every encoding, and where separators split
them into groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from markupsafe import escape

from .common_values import is_wordlike
from .prefilter import SIGNS, Coarse
from .sanitizer import REDACTED
from .secret_encodings import anchor, encodings, fold, pattern, quoted

_BETWEEN = f"(?:[{re.escape(SIGNS)}]|&nbsp;|&#160;){{0,3}}"

_BOUNDED = 8
"""Characters. A shorter secret counts only without a letter or digit next to it."""

_OVERLAPS = 8
"""The most secrets to search for that begin within another match."""

_GROUPED = 5
_PREFIX = 8
"""This many characters at the beginning of a longer secret count as a match."""

_USUAL_START = re.compile(r"[a-z][a-z0-9+.-]{1,30}:(?://)?|[\[{<\"']|-----")
"""The beginnings of addresses and documents, which many texts have."""

_USUAL_PATH = re.compile(
    r"/(?:(?:[a-z][a-z_-]{0,60}|[A-Z][a-z]{1,60}|v?\d{1,4}(?:[.-]\d{1,2}){0,2})/){1,8}"
)
"""The whole parts at the beginning of a path that are words, versions or dates: a key may contain
slashes, too.
"""

_ESCAPE = re.compile(r"(?:%(?:25)*[0-9a-f]{2}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[nrtbf])\Z")
"""Escapes that end with a letter or digit, which does not belong to a word."""


def ungrouped(text: str) -> str:
    """Return a text without the separators of groups. This takes a tenth of the time of
    ``str.translate``.
    """
    for sign in SIGNS:
        text = text.replace(sign, "")
    return text


class Span(NamedTuple):
    """Where a secret is in a text, and its placeholder."""

    start: int
    end: int
    secret: str
    placeholder: str


class SecretFinder:
    """Finds secrets in texts. Takes time in proportion to the text, for any number of secrets.

    :param secrets: the secrets with their placeholders.
    :param pieces: also find other encodings and parts of them; false for values that a page made
        from a secret.
    """

    def __init__(self, secrets: Mapping[str, str], *, pieces: bool = True) -> None:
        self.secrets = secrets
        self._by_encoding: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._pieces: dict[str, str] = {}
        self._anchors: dict[str, list[str]] = {}
        for secret in secrets:
            if pieces:
                self._add(secret)
            else:
                self._by_encoding |= dict.fromkeys(
                    (fold(secret), fold(str(escape(secret)))), secret
                )
        self._patterns = [*{**self._by_encoding, **self._prefixes}]
        self._longest = max(map(len, self._patterns), default=0)
        self._coarse = Coarse((*self._patterns, *self._anchors))

    def _add(self, secret: str) -> None:
        folded = fold(secret)
        part = fold(anchor(secret))
        # no part of it is the same in every encoding
        escaped = set() if secret.isascii() or len(part) > 1 else quoted(secret)
        for encoding in encodings(secret) | escaped:
            self._by_encoding.setdefault(fold(encoding), secret)
        if len(part) > 1:
            self._anchors.setdefault(part, []).append(secret)
        first = folded[:_PREFIX]  # a backslash escapes a letter, and other words may begin like it
        usual = is_wordlike(first) or "\\" in first or _USUAL_START.match(folded)
        path = _USUAL_PATH.match(secret)
        of_path = path is not None and path.end() >= _PREFIX
        if len(folded) > _PREFIX + 3 and not usual and not of_path:
            for encoding in {first, fold(str(escape(secret[:_PREFIX])))}:
                self._prefixes.setdefault(encoding, secret)
        piece = ungrouped(folded)
        if len(piece) >= _GROUPED and not (piece.isdigit() and len(piece) < _BOUNDED):
            self._pieces.setdefault(piece, secret)

    @cached_property
    def _fine(self) -> AhoCorasick:
        return _machine(self._patterns)

    @cached_property
    def _anchored(self) -> AhoCorasick:
        return _machine(self._anchors, MatchKind.Standard)

    @cached_property
    def _grouped(self) -> AhoCorasick:
        return _machine(self._pieces)

    def may_hold(self, squeezed: bytes) -> bool:
        """Whether data may contain a secret. Rarely true for data without one.

        :param squeezed: the data, squeezed by :func:`~flask_replay.sanitize.prefilter.squeeze`.
        """
        return self._coarse.may_be_in(squeezed)

    def spans(self, text: str, folded: str) -> Iterator[Span]:
        """Find the secrets in a text.

        :param folded: the text, folded by :func:`fold`.
        """
        for index, start, end in self._matches(folded):
            encoding = self._patterns[index]
            secret = self._by_encoding.get(encoding)
            if secret is None:
                secret = self._prefixes[encoding]
                if _free(folded, start, start):
                    yield Span(
                        start,
                        _extended(folded, start, end, fold(secret)),
                        secret,
                        self.secrets[secret],
                    )
            elif len(secret) >= _BOUNDED or _free(folded, start, end, digits=secret.isdigit()):
                yield Span(start, end, secret, self._placeholder_for(secret, text[start:end]))

        if self._anchors:
            found = self._anchored.find_matches_as_indexes(folded, overlapping=True)
            anchors = [*self._anchors]
            for index in dict.fromkeys(index for index, _, _ in found):
                for secret in self._anchors[anchors[index]]:
                    if anchors[index] in self._rest(secret, folded):
                        yield from self._written(secret, text, folded)

    def _matches(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """Return the matches in a text, and matches that begin within another one and end after it.
        Two secrets may have the same beginning in base64, or one may begin with the end of another.
        """
        for index, start, end in self._fine.find_matches_as_indexes(folded):
            yield index, start, end
            offset, tries = start + 1, 0
            while offset < end and tries < _OVERLAPS:
                within = self._fine.find_matches_as_indexes(folded[offset : end + self._longest])
                if not within or offset + within[0][1] >= end:
                    break
                other, first, last = within[0]
                yield other, offset + first, offset + last
                offset, tries = offset + first + 1, tries + 1

    def _rest(self, secret: str, folded: str) -> str:
        """Return a text without the encodings of a secret that the automaton finds. If nothing else
        hints at the secret, no expression has to be compiled for it, which would take milliseconds.
        """
        if len(secret) < _BOUNDED:
            return folded
        for encoding in sorted(encodings(secret), key=len, reverse=True):
            folded = folded.replace(fold(encoding), "\0")
        return folded

    def _written(self, secret: str, text: str, folded: str) -> Iterator[Span]:
        """Find a secret of which some letters are written as escapes."""
        for match in re.finditer(pattern(secret), folded):
            yield Span(
                match.start(),
                match.end(),
                secret,
                self._placeholder_for(secret, text[match.start() : match.end()]),
            )

    def _placeholder_for(self, secret: str, written: str) -> str:
        """Return the placeholder of a secret, escaped for HTML if the secret was. What it keeps of
        the beginning of the secret stays as the text has it.
        """
        placeholder = self.secrets[secret]
        beginning = placeholder.removesuffix(REDACTED)
        rest = secret[len(beginning) :]
        if beginning and secret.startswith(beginning) and written.endswith(rest):
            return f"{written.removesuffix(rest)}{REDACTED}"
        is_escaped = written != secret and written == str(escape(secret))
        return str(escape(placeholder)) if is_escaped else placeholder

    def groups(self, folded: str, together: str) -> Iterator[Span]:
        """Find secrets that are written in groups.

        :param folded: the text, folded by :func:`fold`.
        :param together: this without separators, see :func:`ungrouped`.
        """
        pieces = [*self._pieces]
        matches = self._grouped.find_matches_as_indexes(together)
        for index in dict.fromkeys(index for index, _, _ in matches):
            piece = pieces[index]
            secret = self._pieces[piece]
            if piece not in ungrouped(self._rest(secret, folded)):
                continue
            pattern = _BETWEEN.join(map(re.escape, piece))
            for match in re.finditer(pattern, folded):
                if _free(folded, match.start(), match.end(), digits=piece.isdigit()):
                    yield Span(match.start(), match.end(), secret, self.secrets[secret])


def _machine(patterns: Iterable[str], kind: MatchKind = MatchKind.LeftmostLongest) -> AhoCorasick:
    """Return an automaton in its smallest form. The default form, for up to a hundred patterns, is
    four times as fast, but fifty patterns take half a megabyte, and each new secret needs a new
    automaton.
    """
    return AhoCorasick(
        [*patterns],
        matchkind=kind,
        store_patterns=False,
        implementation=Implementation.ContiguousNFA,
    )


def _extended(folded: str, start: int, end: int, secret: str) -> int:
    """Return where the longest prefix of a secret at a position in a text ends."""
    length = end - start
    while end < len(folded) and length < len(secret) and folded[end] == secret[length]:
        end, length = end + 1, length + 1
    return end


def _free(folded: str, start: int, end: int, *, digits: bool = False) -> bool:
    """Whether a piece of a text is not part of a longer word or number."""
    beside = str.isdigit if digits else str.isalnum
    if start < end < len(folded) and beside(folded[end]) and beside(folded[end - 1]):
        return False
    if not start or not beside(folded[start - 1]) or not beside(folded[start]):
        return True
    return _ESCAPE.search(folded, max(0, start - 12), start) is not None


def replaced(text: str, spans: Iterable[Span]) -> str:
    """Return a text with spans replaced. Of spans that overlap, the one that begins first counts;
    of those, the longest.
    """
    written: list[str] = []
    position = 0
    placeholders = [(start, start + len(REDACTED)) for start in _positions(text, REDACTED)]
    for start, end, _, placeholder in sorted(spans, key=lambda span: (span.start, -span.end)):
        if any(begin < end and start < stop for begin, stop in placeholders):
            continue
        if start >= position:
            written += (text[position:start], placeholder)
            position = end
        elif end > position:
            position = end  # the rest of an overlapping span is removed, too
    return "".join((*written, text[position:]))


def _positions(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + len(part))
