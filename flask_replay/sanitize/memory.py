"""The memory of secrets: a value found under a sensitive name is masked wherever else it occurs, in
the same request and for some time afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from .beside_names import BesideNames
from .commands_and_links import is_chosen, is_token
from .common_values import Reach, is_trivial, reach
from .lasting import LastingSecrets
from .named_in_text import may_name_secrets, named_secrets
from .names import protects_form
from .patterns import Patterns
from .prefilter import BYTES, Coarse, data_of, squeeze, squeezed_text
from .records_of_people import may_be_chosen
from .sanitizer import REDACTED
from .secret_encodings import encodings, fold, quoted
from .secret_search import SecretFinder, Span, replaced, ungrouped
from .secrets_in_data import LARGE, name_secrets, secrets_in

_MAX_LENGTH = 65_536
"""Of a longer secret, only the first characters are searched for."""

_FEW = 8
"""Up to this many secrets of a request have a finder each, so that a new cookie needs only one new
finder.
"""

_MAX_DEPTH = 64
_AROUND = " \t\r\n\"'="
"""Characters that may surround a value."""

_RANDOM = 16
"""Characters of the shortest secret named by a text that is masked in all recordings. Shorter ones
may be words of other visitors' pages: ``C6H12O6``, ``1080p60fps``.
"""

_PHRASE = 3
"""Words of the shortest secret that is searched for although its words are common."""


class Common(NamedTuple):
    """A secret that is too common to be searched for, and the name under which it was found."""

    name: str
    value: str | int


class Memory:
    """The secrets of one request.

    :param lasting: the secrets of earlier requests, to which this adds.
    :param visit: id of the recording of the request.
    :param patterns: finds secrets by their format.
    :ivar tokens: CSRF tokens, which are not data of the visitor.
    """

    def __init__(
        self,
        lasting: LastingSecrets | None = None,
        visit: str = "",
        patterns: Patterns | None = None,
    ) -> None:
        self.patterns = Patterns() if patterns is None else patterns
        self.lasting = LastingSecrets() if lasting is None else lasting
        self.visit = visit
        self.secrets: dict[str, str] = {}
        self.pieces: dict[str, str] = {}
        self.tokens = set[str]()
        self.whole_values: dict[str, str] = {}
        self._beside = BesideNames()
        self._finders: tuple[SecretFinder, ...] | None = None
        self._short: Coarse | None = None
        self.recall()

    def recall(self) -> None:
        """Learn the secrets of the recording alone that are known so far. Other secrets are looked
        up when they are needed.
        """
        for value, placeholder in self.lasting.of_visit(self.visit).items():
            if reach(value) is Reach.WHOLE:
                self._learn_whole(value, placeholder)
            else:  # a text named it
                self.secrets.setdefault(value, placeholder)
        self._finders = None

    def learn(
        self,
        value: str,
        placeholder: str = REDACTED,
        *,
        name: str = "",
        lasting: bool = True,
        piece: bool = False,
    ) -> Reach:
        """Learn a secret value.

        :param placeholder: replaces it.
        :param name: the name under which it was found.
        :param lasting: mask it in later requests, too.
        :param piece: whether the value was only derived from a secret, so that its other encodings
            are not searched for.
        :returns: how far it is searched for.
        """
        found = reach(value)
        text = value[:_MAX_LENGTH]
        if protects_form(name):
            self.tokens.add(text)
            # each page has a new token, in one encoding
            lasting, piece = False, True
        if found is Reach.WHOLE:
            self._learn_whole(value, placeholder)
        elif found is Reach.ANYWHERE:
            placeholders = self.pieces if piece else self.secrets
            if placeholders.get(text) != placeholder:
                placeholders[text] = placeholder
                self._finders = None
        if lasting and not piece and found is not Reach.OWN:
            short = found is Reach.WHOLE
            self.lasting.add(
                {} if short else {text: placeholder},
                {value: placeholder} if short else {},
                self.visit,
            )
        return found

    def learn_exactly(self, value: str, placeholder: str) -> None:
        """Learn a text that is masked in this request, however common it is."""
        self.learn(value, placeholder, lasting=False, piece=True)
        self._learn_whole(value, placeholder)

    def learn_phrase(self, value: str, placeholder: str) -> None:
        """Learn a secret of several words that a visitor sent, for the whole recording, even if it
        reads like a sentence or a message: a passphrase may, and pages may repeat it.
        """
        if len(value.split(None, _PHRASE)) >= _PHRASE and reach(value) is Reach.OWN:
            text = value.strip()[:_MAX_LENGTH]
            self.secrets.setdefault(text, placeholder)
            self._finders = None
            self.lasting.add({}, {text: placeholder}, self.visit)

    def learn_all(self, name: str, value: Any) -> list[Common]:
        """Learn the secrets in plain data, by the names in it.

        :param name: the name of the data.
        :returns: the secrets in records of people that are too common to be searched for.
        """
        common = []
        for found in secrets_in(name, value):
            text = str(found.value).strip()
            reached = self.learn(str(found.value), name=found.name)
            if reached is Reach.ANYWHERE or not found.of_person:
                continue
            if not (protects_form(found.name) or is_trivial(text)) and may_be_chosen(text):
                common.append(Common(found.name, found.value))
                self._beside.add(found.name, text)
        return common

    def learn_dicts(self, dicts: list[Any]) -> list[Common]:
        """Learn the secrets in dictionaries that a page read, or in lists of them.

        :returns: the secrets in records of people that are too common to be searched for.
        """
        if not name_secrets(dicts):
            return []
        return [common for one in dicts for common in self.learn_all("", one)]

    def _learn_whole(self, value: str, placeholder: str) -> None:
        written = encodings(value) | quoted(value)
        self.whole_values |= dict.fromkeys(map(fold, written), placeholder)
        self.pieces |= {f'"{text}"': f'"{placeholder}"' for text in written}  # a whole text in JSON
        self._finders = None

    @property
    def finders(self) -> tuple[SecretFinder, ...]:
        """Return the automata that find all secrets known so far."""
        if self._finders is None:
            shared = self.lasting.secrets
            own = {
                secret: placeholder
                for secret, placeholder in self.secrets.items()
                if secret not in shared
            }
            made = SecretFinder(dict(self.pieces), pieces=False) if self.pieces else None
            self._short = Coarse(self.whole_values) if self.whole_values else None
            few = len(own) <= _FEW
            parts = [(pair,) for pair in own.items()] if few else [tuple(own.items())]
            self._finders = (*map(_finder, parts), *([made] if made else []))
        return (*self.lasting.finders, *self._finders)

    def learn_from_texts(self, value: object, read: object = None) -> None:
        """Learn the secrets that texts in plain data name: ``password=…``. Long random ones are
        masked in all later requests, those that look like a password or a code in the same
        recording, and others in this request only, because pages about passwords contain examples.

        :param read: if given, only secrets that occur in it are learnt: in a page, a value and what
            follows it may look like one word.
        """
        data = data_of(value)
        if data is None or not may_name_secrets(data):
            return
        texts = None if read is None else (data_of(read) or b"").decode()
        short: dict[str, str] = {}
        self.learn_named(
            pair for pair in named_secrets(data, short) if texts is None or pair[1] in texts
        )
        for written, placeholder in short.items():
            if texts is None or written in texts:
                self.learn(written, placeholder, lasting=False, piece=True)

    def learn_named(self, named: Iterable[tuple[str, str]]) -> None:
        """Learn names and secrets that a text contains. How long they are masked depends on what
        they look like: see :meth:`learn_from_texts`.
        """
        of_visit: dict[str, str] = {}
        for name, secret in named:
            random = is_token(secret)
            lasting = random and len(secret) >= _RANDOM
            found = self.learn(secret, name=name, lasting=lasting)
            own = not lasting and found is Reach.ANYWHERE and not protects_form(name)
            if own and (random or is_chosen(secret)):
                of_visit[secret] = REDACTED
        if of_visit:
            self.lasting.add({}, of_visit, self.visit)

    def may_hold(self, value: object) -> bool:
        """Whether plain data may contain a secret. Takes one pass over all its texts."""
        data = data_of(value)
        if data is None or BYTES in data:
            return True
        squeezed = squeeze(data)
        finders = self.finders
        if self._short is not None and self._short.may_be_in(squeezed):
            return True
        if self._beside.may_hold(squeezed):
            return True
        return self.patterns.may_hold(data) or any(finder.may_hold(squeezed) for finder in finders)

    def hide(self, data: Any, spare: frozenset[str] = frozenset()) -> Any:
        """Mask the secrets in plain data.

        :param spare: secrets that are left unmasked, because the template's own text contains them.
        """
        return self._hide(data, spare, 0) if self.may_hold(data) else data

    def _hide(self, data: Any, spare: frozenset[str], depth: int) -> Any:
        if isinstance(data, str):
            return self.text(data, spare)
        if depth > _MAX_DEPTH:
            return REDACTED
        if isinstance(data, dict):
            return {
                self._hide(key, spare, depth): self._hide(item, spare, depth + 1)
                for key, item in data.items()
            }
        if isinstance(data, list):
            return [self._hide(item, spare, depth + 1) for item in data]
        if isinstance(data, tuple):
            return tuple(self._hide(item, spare, depth + 1) for item in data)
        if type(data) is int and abs(data) >= LARGE and self.text(str(data), spare) != str(data):
            return REDACTED
        return data

    def text(self, text: str, spare: frozenset[str] = frozenset()) -> str:
        """Mask the secrets in one text."""
        spans = self.spans(text)
        spans = [span for span in spans if span.secret not in spare] if spare else spans
        return replaced(text, spans) if spans else text

    def without(self, text: str, secrets: Collection[str]) -> str:
        """Mask only the given secrets in a text."""
        return replaced(
            text, [span for span in self._spans(text, fold(text)) if span.secret in secrets]
        )

    def spans(self, text: str) -> list[Span]:
        """Return where the secrets in a text are, and their placeholders."""
        folded = fold(text)
        if self.whole_values and (bare := folded.strip(_AROUND)) in self.whole_values:
            start = folded.index(bare)
            return [Span(start, start + len(bare), bare, self.whole_values[bare])]
        found = [*self._spans(text, folded)]
        found += [
            Span(start, end, text[start:end], REDACTED) for start, end in self.patterns.find(text)
        ]
        return found

    def _spans(self, text: str, folded: str) -> Iterator[Span]:
        squeezed = squeezed_text(folded)
        holding = [finder for finder in self.finders if finder.may_hold(squeezed)]
        together = ungrouped(folded) if holding else ""
        for finder in holding:
            yield from finder.spans(text, folded)
            yield from finder.groups(folded, together)
        yield from self._beside.spans(folded, squeezed)

    def found_in(self, text: str) -> frozenset[str]:
        """Return the secrets that occur in a text that is stored unchanged: a template."""
        folded = fold(text)
        found = {span.secret for span in self._spans(text, folded)}
        return frozenset(found | {value for value in self.whole_values if value in folded})


@lru_cache(maxsize=256)
def _finder(secrets: tuple[tuple[str, str], ...]) -> SecretFinder:
    """Return the finder of secrets that recur in many requests of a visitor: their cookies."""
    return SecretFinder(dict(secrets))
