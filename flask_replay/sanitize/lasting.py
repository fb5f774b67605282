"""The secrets that a worker remembers longer than one request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping

from ..forks import ForkLock
from .secret_search import SecretFinder

_GROWTH = 3
"""An automaton is compiled again, together with the new one, if it is at most this many times as
large.
"""

_MANY = 4_096
_CHARACTERS = 65_536
"""The most characters of all secrets together. Each takes half a kilobyte in an automaton, and an
app may send a new session cookie with each response.
"""

_VISITS = 1_024
_SHORT_ONES = 64
_FIELDS = "fields"
"""The key, among the recordings, of names of fields. It is the id of no recording."""

Short = dict[str, dict[str, str]]
"""Short secrets and their placeholders, by the recording in which they were found."""


class LastingSecrets:
    """The secrets that a worker remembers, in memory only, to mask them in later requests and
    cached pages, too.

    Short secrets are remembered for the recording in which they were found.

    :ivar share: called with new secrets, to send them to other workers.
    """

    def __init__(self) -> None:
        self.lock = ForkLock()
        self.secrets: OrderedDict[str, str] = OrderedDict()
        self.characters = 0
        self.short: OrderedDict[str, dict[str, str]] = OrderedDict()
        self.finders: tuple[SecretFinder, ...] = ()
        self.share: Callable[[Mapping[str, str], Short], None] | None = None

    def add(self, secrets: Mapping[str, str], short: Mapping[str, str], visit: str) -> None:
        """Remember the secrets of a request, and share the new ones.

        :param secrets: secrets that are masked anywhere, with their placeholders.
        :param short: secrets that are masked as whole values, with their placeholders.
        :param visit: id of the recording in which they were found.
        """
        new, of_visits = self.remember(secrets, {visit: dict(short)} if short and visit else {})
        if self.share is not None and (new or of_visits):
            self.share(new, of_visits)

    def remember_fields(self, names: Iterable[str]) -> None:
        """Remember the names of fields in which passwords are typed, and share the new ones."""
        self.add({}, dict.fromkeys(names, ""), _FIELDS)

    @property
    def fields(self) -> Collection[str]:
        """Return the names of fields in which pages had passwords typed."""
        return self.short.get(_FIELDS, ())

    def remember(self, secrets: Mapping[str, str], short: Short) -> tuple[dict[str, str], Short]:
        """Remember secrets, and return the new ones.

        :param secrets: secrets that are masked anywhere, with their placeholders.
        :param short: secrets that are masked as whole values, by recording.
        """
        with self.lock:
            of_visits = {
                visit: new
                for visit, values in short.items()
                if (new := self._remember_short(visit, values))
            }
            new = {
                secret: placeholder
                for secret, placeholder in secrets.items()
                if secret not in self.secrets
            }
            if new:
                self.secrets.update(new)
                self.characters += sum(map(len, new))
                self._compile(new)
            return new, of_visits

    def _remember_short(self, visit: str, values: dict[str, str]) -> dict[str, str]:
        of_visit = self.short.setdefault(visit, {})
        new = {
            value: placeholder
            for value, placeholder in values.items()
            if of_visit.get(value) != placeholder
        }
        of_visit.update(new)
        while len(of_visit) > (_MANY if visit == _FIELDS else _SHORT_ONES):
            del of_visit[next(iter(of_visit))]
        self.short.move_to_end(visit)
        if _FIELDS in self.short:
            self.short.move_to_end(_FIELDS)  # a browser may have cached the page with the field
        if len(self.short) > _VISITS:
            self.short.popitem(last=False)
        return new

    def all(self) -> tuple[dict[str, str], Short]:
        """Return all secrets that are remembered."""
        with self.lock:
            return dict(self.secrets), {visit: dict(values) for visit, values in self.short.items()}

    def _compile(self, new: dict[str, str]) -> None:
        """Compile new secrets together with those of smaller automata, so that each secret is
        compiled only a few times.
        """
        if len(self.secrets) > _MANY or self.characters > _CHARACTERS:
            while len(self.secrets) > 1 and (
                4 * len(self.secrets) > 3 * _MANY or 4 * self.characters > 3 * _CHARACTERS
            ):
                self.characters -= len(self.secrets.popitem(last=False)[0])
            self.finders = (SecretFinder(dict(self.secrets)),)
            return
        older = [*self.finders]
        while older and len(older[-1].secrets) <= _GROWTH * len(new):
            new = {**older.pop().secrets, **new}
        self.finders = (*older, SecretFinder(new))

    def compile_all(self) -> None:
        """Compile all secrets into one automaton. Called after the secrets of the app's settings
        were added one by one.
        """
        with self.lock:
            if len(self.finders) > 1:
                self.finders = (SecretFinder(dict(self.secrets)),)

    def of_visit(self, visit: str) -> dict[str, str]:
        """Return the short secrets of a recording."""
        if visit not in self.short:
            return {}
        with self.lock:
            return dict(self.short.get(visit, ()))
