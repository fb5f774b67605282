"""Turn a log into a trace, after the response was sent. Values are sanitized first."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import Any

from jinja2.utils import missing
from markupsafe import Markup

from ...sanitize.descriptions import is_description
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.memory import Common
from ...sanitize.names import VALUE_NAMES, sensitive
from ...trace import cells
from ...trace.model import Trace
from ...trace.type_sets import bases_of, dictionary_of, name_of_type
from ...trace.types import describe
from .. import operations as op
from .cell_writing import METHOD_TYPES, CellWriter, is_object
from .common_secrets import CommonSecrets
from .entries import Items, word_of
from .given_objects import gives_context
from .log import Log
from .named_values import ROWS, attributes_of, has_names
from .redaction import Redaction, written


class Grouping(CellWriter):
    """Writes the trace of one render.

    :param tracer: the tracer that wrote the log.
    :param redaction: the redacted values of the render.
    :param sanitizer: decides which plain values are kept.
    :param learnt: types whose objects were already searched for secrets.
    """

    def __init__(
        self,
        tracer: Log,
        redaction: Redaction,
        sanitizer: GuardedSanitizer,
        learnt: tuple[type, ...] = (),
    ) -> None:
        super().__init__(tracer, redaction)
        self.learnt = learnt
        self.sanitizer = sanitizer
        self.reads_all, self.watches = sanitizer.reads_all, sanitizer.watches
        self.private: dict[int, str] = {}

    def trace(self) -> Trace:
        """Return the trace. :meth:`Redaction.scrub` masks the remaining secrets in it."""
        log = self.tracer.log
        if self.tracer.truncated:
            self.tracer.cut()
        del log[len(log) - len(log) % 3 :]
        questions = log[1::3]
        columns = self.columns(
            map(word_of, questions) if self.tracer.keyed else questions, log[2::3]
        )
        secret = set(filter(_is_sensitive, set(questions) if self.tracer.keyed else columns))
        if secret:
            self._mark_private(log, secret)
        if self.watches or secret or self.private or self.redaction.hidden:
            self._sanitize(columns, log, secret)
        if self.methods:
            self.drop_known_owners(log)
        common = self._learn()
        if common:
            CommonSecrets(common, self.redaction).mask(columns, log)
        if self.tracer.truncated or (op.CALL in columns and gives_context(log)):
            self.tracer.shares = True
        lent = {order: self.number(container) for order, container in self.tracer.lent.values()}
        kept = {
            self.cells[key][0]: written(kept)
            for key, kept in self.replacements.items()
            if key in self.cells
        }
        identities = [*map(id, self.kinds)]
        kinds = dict(zip(identities, self.kinds, strict=True))
        numbers = dict(zip(kinds, count()))
        self.writers.clear()  # they refer back to this object, and it to those of the app
        return Trace(
            types=[*map(describe, kinds.values())],
            objects=list(map(numbers.__getitem__, identities)),
            answers=columns,
            kept=kept,
            held=self.methods,
            lent=lent,
            truncated=self.tracer.truncated,
        )

    def _mark_private(self, log: list[Any], secret: set[Any]) -> None:
        """Find the objects that were read under sensitive names; their answers are written again.

        The result of calling such an object is included.

        :param secret: the sensitive questions.
        """
        subjects, questions, answers = log[0::3], log[1::3], log[2::3]
        marked = [
            (answer, _name(key))
            for key, answer in zip(questions, answers, strict=True)
            if key in secret
        ]
        while marked:
            answer, name = marked.pop()
            if answer is missing or self.kind_of(answer) in op.LIVE or cells.is_plain(answer):
                continue
            if id(answer) not in self.private:
                self.private[id(answer)] = name
                results = [
                    found
                    for subject, found in zip(subjects, answers, strict=True)
                    if subject is answer
                ]
                marked += ((one, name) for one in results if callable(one))

    def _sanitize(self, columns: dict[str, list[Any]], log: list[Any], secret: set[Any]) -> None:
        """Write the answers again that the sanitizer must check."""
        hidden, replacements, private = self.redaction.hidden, self.replacements, self.private
        every = self.reads_all or self.watches
        places = dict.fromkeys(columns, 0)
        for subject, key, answer in zip(log[0::3], log[1::3], log[2::3], strict=True):
            word, owner = word_of(key), id(subject)
            place = places[word]
            places[word] = place + 1
            if id(answer) in replacements:
                columns[word][place] = self.reference(answer)
                continue
            if not (every or key in secret or owner in private or owner in hidden):
                continue
            column = columns[word]
            if self.reads_all or key in secret or owner in private:
                column[place] = self._answer(subject, key, answer)
            if self.watches and owner not in hidden and cells.is_plain(subject) and _name(key):
                if cells.is_plain(answer) or type(answer) in METHOD_TYPES:
                    # this follows from what the sanitizer keeps of the subject
                    column[place] = ["a"]
            if owner in hidden and hidden[owner].revealing:
                column[place] = self._letters(answer, column[place])

    def _learn(self) -> list[Common]:
        """Learn values under sensitive names in containers and objects of the page, in whatever way
        the page obtained them.

        Containers and attributes are read directly, without running code of the app. Expressions
        such as ``{{ d|tojson }}`` read no names.

        :returns: the secrets in records of people that are too common to be searched for.
        """
        memory = self.sanitizer.memory
        for name, value in self.tracer.sensitive_values:
            memory.learn_all(name, str(value) if isinstance(value, str) else value)
        # one object of each type, at the speed of C
        samples = dict(zip(map(id, self.kinds), self.objects, strict=True))
        if not samples:
            return []
        dicts = {key for key, one in samples.items() if issubclass(type(one), dict)}
        holders = {
            key
            for key, one in samples.items()
            if key not in dicts
            and any(map(sensitive, attributes_of(one)))
            and not issubclass(type(one), self.learnt)
        }
        wanted = dicts | (ROWS.identities & samples.keys())
        read = [one for one in self.objects if id(type(one)) in wanted and has_names(one)]
        owned = [attributes_of(one) for one in self.objects if holders and id(type(one)) in holders]
        return [*memory.learn_dicts(read), *memory.learn_dicts(owned)]

    def _letters(self, answer: Any, cell: Any) -> Any:
        """Redact single letters in the answer of a secret."""
        if type(answer) is Items:
            return ["l", "iter", *map(self._letters, answer.values(), cell[2:])]
        return ["x"] if self.redaction.letter(answer) else cell

    def _answer(self, subject: Any, key: Any, answer: Any) -> Any:
        """Write an answer as the sanitizer returns it."""
        name = _name(key)
        private = self.private.get(id(subject), "")
        text = (type(answer) is str or type(answer) is Markup) and answer and "<" not in answer
        if not name:
            if text and private:
                return self.redaction.replaced(
                    private, answer, self.sanitizer.read("", private, answer)
                )
            return self.shared_cell(answer)
        if not sensitive(name):
            belongs = name in VALUE_NAMES or _belongs(private, name, subject)
            private = private if belongs and not is_description(name, private, answer) else ""
        else:
            private = name
        if cells.is_plain(answer) and (private or self.reads_all):
            owner = name_of_type(type(subject)) if is_object(type(subject)) else ""
            kept = self.sanitizer.read(owner, private or name, answer)
            text_of = not self.reads_all and self.tracer.is_text_of(subject, name, answer)
            if kept is not answer and not text_of:
                return self.redaction.replaced(private or name, answer, kept)
        return self.shared_cell(answer)


_ABOUT = frozenset(
    {"id", "name", "label", "errors", "type", "description", "short_name", "flags", "widget"}
)
"""Attributes of form fields that describe the field and not its value."""


def _belongs(private: str, name: str, subject: Any) -> bool:
    """Whether an attribute of an object under a sensitive name is secret. The description of a form
    field is not.
    """
    if (
        not private
        or name in _ABOUT
        or any("validate" in dictionary_of(kind) for kind in bases_of(type(subject)))
    ):
        return False
    return sensitive(f"{private}_{name}")


def _name(question: Any) -> str:
    """Return the name in a question, ``""`` if it has none."""
    if type(question) is str:
        name = question.rpartition(".")[2]
        return name if name.isidentifier() and question not in op.COMPARE else ""
    return str(question[1])


@lru_cache(4096)
def _is_sensitive(question: Any) -> bool:
    return sensitive(_name(question))
