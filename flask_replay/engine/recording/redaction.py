"""Redact the secrets of one render: in its trace, and in the output with which its replay is
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from markupsafe import Markup, escape

from ...sanitize import REDACTED
from ...sanitize import html as sanitize_html
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.names import protects_form
from ...sanitize.secret_search import replaced
from ...sanitize.secrets_in_data import LARGE
from ...trace import cells
from ...trace.model import Trace
from .. import operations as op
from .secrets import LEAVES, TEXTS, Secret

_STRUCTURED = frozenset({"u", "e", "j", "g", "x", "a", "?", "p", "r", "f", "c", "t", "td"})
"""Tags of cells that hold our own words, names of the template, or nothing that could be a
secret.
"""


class Redaction:
    """The redacted values of one render.

    :param hidden: the values that were treated as secrets during the render, by identity.
    :param sanitizer: decides what is kept of each value, and knows the other secrets.
    :ivar replacements: what is kept of each hidden value, by identity.
    :ivar values: the redacted values, except tokens against forgery.
    :ivar tokens: the redacted tokens against forgery.
    """

    def __init__(self, hidden: dict[int, Secret], sanitizer: GuardedSanitizer) -> None:
        self.hidden = hidden
        self.sanitizer = sanitizer
        self.memory = sanitizer.memory
        self.replacements: dict[int, Any] = {}
        self.values: set[str] = set()
        self.tokens: set[str] = set()
        self._printed: dict[str, str] = {}
        self._pieces: Callable[[], list[str]] = list
        self._spare: frozenset[str] = frozenset()
        leaves = [(key, secret) for key, secret in hidden.items() if type(secret.value) in LEAVES]
        for identity, secret in sorted(leaves, key=lambda pair: not pair[1].read):
            self._decide(identity, secret)

    @property
    def used(self) -> bool:
        """Whether anything was redacted."""
        return bool(self.values or self.tokens)

    def _decide(self, identity: int, secret: Secret) -> None:
        """Decide what is kept of a hidden value. If it contains whole secrets, the rest of it is
        kept.
        """
        value = secret.value
        kept = value if secret.read or not isinstance(value, str) else self.memory.text(value)
        if kept == value:
            kept = self.sanitizer.read(secret.owner, secret.name, value)
        if kept is value:
            # kept whole; in the trace the object still answers for itself
            self.replacements[identity] = value
            return
        kept = kept if cells.is_plain(kept) else str(kept)
        self.replacements[identity] = Markup(kept) if type(value) is Markup else kept
        text = str(value)
        self._note_value(secret.name, text)
        # the printed text is another object
        if str(escape(value)) != text or type(value) is not str:
            self._printed[str(escape(value))] = str(escape(self.replacements[identity]))
        if secret.distinct:
            self.memory.learn(
                text, str(kept), name=secret.name, lasting=secret.read, piece=not secret.read
            )

    def _note_value(self, name: str, text: str) -> None:
        (self.tokens if protects_form(name) else self.values).add(text)

    def replaced(self, name: str, answer: Any, kept: Any) -> Any:
        """Write what the sanitizer kept of an answer.

        :param name: the name under which it was read.
        :returns: a cell.
        """
        if kept is answer:
            return cells.write(answer)
        if not cells.is_plain(kept):
            kept = str(kept)
        text = str(answer)
        self._note_value(name, text)
        self._printed[text] = self._printed[str(escape(text))] = str(kept)
        self.memory.learn(text, str(kept), name=name)
        return written(kept)

    def replaced_within(self, answer: str, secrets: list[str], kept: str) -> Any:
        """Write a text in which secrets were masked.

        :param kept: the text without the secrets.
        :returns: a cell.
        """
        self.values.update(secrets)
        written = type(answer)(kept)
        self._printed |= {str(answer): kept, str(escape(answer)): str(escape(written))}
        return cells.write(written)

    def markup(self, answer: str) -> Any:
        """Write a piece of HTML with the values of sensitive fields masked.

        :returns: a cell.
        """
        masked = sanitize_html.mask(answer)
        if masked == answer:
            return cells.write(answer)
        for name, value in sanitize_html.fields(answer):
            self._note_value(name, value)
        return cells.write(type(answer)(masked))

    def letter(self, answer: Any) -> bool:
        """Whether the answer of a secret is a single letter of it. Such a letter cannot be
        recognized by identity.
        """
        if type(answer) not in TEXTS or len(answer) != 1 or id(answer) in self.replacements:
            return False
        if type(answer) is not bytes:
            self._printed[answer] = self._printed[str(escape(answer))] = REDACTED
        return True

    def print(self, output: str, pieces: Callable[[], list[str]]) -> None:
        """Learn how the page printed redacted values. The masked output replaces the page wherever
        else it occurs.

        :param pieces: returns the pieces of the output, or nothing.
        """
        self._pieces = pieces
        masked = self._assembled(output)
        if masked != output:
            self.memory.learn(
                output, masked, name="" if self.values else "csrf", lasting=False, piece=True
            )

    def _assembled(self, output: str) -> str:
        """Return the output with secrets masked that were printed unchanged: each is one of the
        pieces.
        """
        pieces = self._pieces() if self.replacements or self._printed else []
        if not pieces:
            return output
        replacements, printed = self.replacements, self._printed
        return "".join(
            str(replacements[id(piece)]) if id(piece) in replacements else printed.get(piece, piece)
            for piece in pieces
        )

    def scrub(self, trace: Trace, documents: Iterable[bytes]) -> Trace:
        """Mask the secrets in everything else that the render read.

        :param documents: the templates; secrets that occur in their own text are ignored.
        """
        memory, read = self.memory, [*trace.answers.values(), *trace.held.values()]
        self.sanitizer.learn_from_texts(read)
        if not memory.may_hold(read):
            return trace
        self._spare = memory.found_in(
            "\0".join(document.decode("utf-8", "replace") for document in documents)
        )
        # content hashes of templates contain no secret, but may look like one
        answers = {
            word: column if word == op.TEMPLATE else self._clean_column(column)
            for word, column in trace.answers.items()
        }
        methods = {
            number: [self._clean(cell), method] for number, (cell, method) in trace.held.items()
        }
        return msgspec.structs.replace(trace, answers=answers, held=methods)

    def _clean_column(self, column: list[Any]) -> list[Any]:
        return [*map(self._clean, column)] if self.memory.may_hold(column) else column

    def _clean(self, cell: Any) -> Any:
        """Mask the secrets in one cell."""
        if type(cell) is str:
            return self._hide(cell)
        if type(cell) is int:
            return cell if abs(cell) < LARGE or self._hide(str(cell)) == str(cell) else ["x"]
        if type(cell) is not list or not cell or type(cell[0]) is int or cell[0] in _STRUCTURED:
            return cell
        if cell[0] == "l":
            return [*cell[:2], *map(self._clean, cell[2:])]
        if cell[0] == "m":
            return ["m", self._hide(cell[1])]
        value = cells.read(cell)
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return cell if self._hide(text) == text else ["x"]

    def _hide(self, text: str) -> str:
        spans = [span for span in self.memory.spans(text) if span.secret not in self._spare]
        if not spans:
            return text
        for span in spans:
            (self.tokens if span.secret in self.memory.tokens else self.values).add(span.secret)
        kept = replaced(text, spans)
        if spans[0].secret in self.memory.whole_values:
            self._printed |= {text: kept, str(escape(text)): str(escape(kept))}
        return kept

    def masked(self, output: str) -> str | None:
        """Return the output in the form that a replay will render, ``None`` if nothing was
        redacted.

        A secret that the page printed unchanged is one of the pieces. Other secrets are searched
        for only if they occurred in what the page read; otherwise they are in the template's own
        text, which a replay renders unchanged.
        """
        if not self.used:
            return None
        printed = self._assembled(output)
        known = self.values | self.tokens
        return sanitize_html.comparable(
            replaced(printed, [span for span in self.memory.spans(printed) if span.secret in known])
        )


def written(kept: Any) -> Any:
    """Write what is kept of a value.

    :returns: a cell.
    """
    return ["x"] if kept == REDACTED else cells.write(kept)
