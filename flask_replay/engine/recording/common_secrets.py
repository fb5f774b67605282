"""Secrets that are too common to be searched for, where a page took them from their container.

``{{ user.values()|join }}`` reads no names, and the values may be words of a dictionary. They are
recognized by identity. See ``sanitize/beside_names`` for texts that give their names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from markupsafe import Markup

from ...sanitize import REDACTED
from ...sanitize.memory import Common
from ...sanitize.secret_encodings import fold, pattern
from ...sanitize.secret_search import Span, replaced
from ...trace.type_sets import TypeSet
from .entries import Items, word_of
from .redaction import Redaction

_ITEMS = 1_000
"""Items of a container that are compared."""

_NAMELESS = TypeSet({list, tuple, set, frozenset, type({}.values())})
"""Types of containers whose text gives no names."""

_WRITTEN = TypeSet({str, Markup})
"""Types of texts into which filters write a container."""


class CommonSecrets:
    """The common secrets in the containers that one render read.

    :param found: these secrets.
    :param redaction: the redacted values of the render, to which this adds.
    """

    def __init__(self, found: Iterable[Common], redaction: Redaction) -> None:
        self.redaction = redaction
        self._names = {id(secret.value): secret.name for secret in found}
        self._found: dict[int, tuple[frozenset[int], list[str]]] = {}

    def mask(self, columns: dict[str, list[Any]], log: list[Any]) -> None:
        """Mask the secrets in the answers of a render.

        :param columns: the answers as cells, by question. They are changed.
        """
        places: Counter[str] = Counter()
        for subject, question, answer in zip(log[0::3], log[1::3], log[2::3], strict=True):
            word = word_of(question)
            column, place = columns[word], places[word]
            places[word] += 1
            column[place] = self._masked(subject, answer, column[place])

    def _masked(self, subject: Any, answer: Any, cell: Any) -> Any:
        """Return the cell of an answer without the secrets.

        :param subject: the value from which the answer was derived.
        """
        if type(answer) is Items:
            pairs = zip(answer.values(), cell[2:], strict=True)
            return [*cell[:2], *(self._masked(answer, *pair) for pair in pairs)]
        if id(answer) in self.redaction.replacements:
            return cell
        if id(answer) in self._names:
            return self.redaction.replaced(self._names[id(answer)], answer, REDACTED)
        if type(answer) not in _WRITTEN or type(subject) not in _NAMELESS:
            return cell
        items, secrets = self._items_of(subject)
        if not secrets or id(answer) in items:  # one item contains no others
            return cell
        text = str(answer)
        written = re.compile("|".join(map(pattern, secrets)))
        spans = [Span(*match.span(), "", REDACTED) for match in written.finditer(fold(text))]
        return self.redaction.replaced_within(answer, secrets, replaced(text, spans))

    def _items_of(self, container: Any) -> tuple[frozenset[int], list[str]]:
        """Return the identities of the items of a container of Python, and the secrets among them,
        the longest first.
        """
        found = self._found.get(id(container))
        if found is None:
            items = [*islice(container, _ITEMS)]
            secrets = {str(item) for item in items if id(item) in self._names}
            found = frozenset(map(id, items)), sorted(secrets, key=len, reverse=True)
            self._found[id(container)] = found
        return found
