"""What the sanitizer takes out of one render: of its trace, and of the output that its replay is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import Markup, escape

from ..sanitize import REDACTED, Sanitizer
from ..sanitize import html as sanitize_html
from ..trace import cells
from ..trace.model import Trace
from .hooks import MIN_SECRET
from .secrets import LEAVES, TEXTS, Secret


class Redaction:
    """What is taken out of one render.

    :param hidden: what was taken for a secret as the page rendered, by identity.
    :param sanitizer: decides what is kept of each.
    :ivar stands: what is kept of each hidden value, by identity.
    :ivar secrets: texts that were taken out, and what stands in their place; they are looked for everywhere.
    :ivar short: those that are too short for that: they are anywhere.
    :ivar used: something was taken out.
    """

    def __init__(self, hidden: dict[int, Secret], sanitizer: Sanitizer) -> None:
        self.hidden = hidden
        self.sanitizer = sanitizer
        self.stands: dict[int, Any] = {}
        self.secrets = dict.fromkeys(getattr(sanitizer, "secrets", ()), REDACTED)
        self.short: dict[str, str] = {}
        self.used = False
        self._whole: dict[str, str] = {}
        self._letters: dict[str, str] = {}
        for identity, secret in hidden.items():
            if type(secret.value) in LEAVES:
                self._decide(identity, secret)

    def _decide(self, identity: int, secret: Secret) -> None:
        """Decide what is kept of a hidden value: what has whole secrets in it keeps the rest."""
        value = secret.value
        kept = _replace(str(value), self._whole) if isinstance(value, str) else value
        if kept == value:
            kept = self.sanitizer.read(secret.owner, secret.name, value)
        if kept is value:
            self.stands[identity] = value  # it answers for itself, as the template took it for a secret
            return
        kept = kept if cells.is_plain(kept) else str(kept)
        self.used = True
        self.stands[identity] = Markup(kept) if type(value) is Markup else kept
        text = str(value)
        if secret.distinct and len(text) >= MIN_SECRET:
            self.secrets[text] = str(kept)
            if secret.read:
                self._whole[text] = str(kept)
                self._whole[str(escape(text))] = str(escape(kept))

    def replaced(self, answer: Any, kept: Any) -> Any:
        """Write what the sanitizer kept of an answer.

        :returns: a cell.
        """
        if kept is answer:
            return cells.write(answer)
        self.used = True
        if not cells.is_plain(kept):
            kept = str(kept)
        text = str(answer)
        if len(text) >= MIN_SECRET:
            self.secrets[text] = str(kept)
        elif len(text) > 1:
            self.short[text] = str(kept)
        else:
            self._letters[text] = self._letters[str(escape(text))] = str(kept)
        return written(kept)

    def markup(self, answer: str) -> Any:
        """Write a piece of a page without the values of sensitive fields.

        :returns: a cell.
        """
        masked = sanitize_html.mask(answer)
        if masked == answer:
            return cells.write(answer)
        self.used = True
        return cells.write(type(answer)(masked))

    def letter(self, answer: Any) -> bool:
        """Tell whether an answer of a secret is a single letter of it, which cannot be hidden by its identity."""
        if type(answer) not in TEXTS or not answer or id(answer) in self.stands:
            return False
        if type(answer) is not bytes:
            self._letters[answer] = self._letters[str(escape(answer))] = REDACTED
        return True

    def scrub(self, trace: Trace) -> Trace:
        """Take the secrets out of everything else that the render read."""
        if not self.secrets:
            return trace
        longest = {secret: self.secrets[secret] for secret in sorted(self.secrets, key=len, reverse=True)}

        def clean(data: Any) -> Any:
            if type(data) is str:
                return _replace(data, longest)
            if isinstance(data, list):
                return [clean(item) for item in data]
            if isinstance(data, dict):
                return {key: clean(value) for key, value in data.items()}
            return data

        return msgspec.structs.replace(trace, answers=clean(trace.answers), held=clean(trace.held))

    def masked(self, output: str, pieces: Sequence[str]) -> str | None:
        """Give the output as a replay will render it, ``None`` if it has nothing secret in it.

        Where the page printed a secret as it is, that is one of the pieces; all others are looked for.

        :param pieces: the output as it came, if it is known.
        """
        if not self.used and not any(secret in output for secret in self.secrets):
            return None
        printed = set[int]()
        if pieces and (self.stands or self._letters):
            parts: list[str] = []
            for piece in pieces:
                if id(piece) in self.stands:
                    printed.add(id(piece))
                    parts.append(str(self.stands[id(piece)]))
                else:
                    parts.append(self._letters.get(piece, piece))
            output = "".join(parts)
        others = {
            str(self.hidden[identity].value): str(kept)
            for identity, kept in self.stands.items()
            if identity not in printed
        }
        return mask(output, others | self.short | self.secrets)


def written(kept: Any) -> Any:
    """Write what is kept of a value.

    :returns: a cell.
    """
    return ["x"] if kept == REDACTED else cells.write(kept)


def mask(output: str, secrets: dict[str, str]) -> str:
    """Give an output as it reads once its secrets are replaced.

    :param secrets: each, and what stands in its place.
    """
    kept = {str(escape(secret)): str(escape(stands)) for secret, stands in secrets.items()} | secrets
    kept[REDACTED] = REDACTED  # what is there is not masked again
    pattern = "|".join(map(re.escape, sorted(kept, key=len, reverse=True)))
    output = re.sub(pattern, lambda match: kept[match.group()], output)
    return sanitize_html.mask(output)


def _replace(text: str, secrets: dict[str, str]) -> str:
    for secret, stands in secrets.items():
        if secret in text:
            text = text.replace(secret, stands)
    return text
