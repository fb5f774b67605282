"""Random expressions from Jinja's grammar over the names of ``values.context``.

Each method returns one that mostly has the kind it is named for, so that most templates render to
their end; what fails must fail alike with and without recording.
"""

from __future__ import annotations

import random

TEXT_FILTERS = (
    "upper", "lower", "title", "capitalize", "trim", "e", "escape", "forceescape", "safe", "string", "striptags",
    "urlencode", "wordcount", "reverse", "length", "list|length", "truncate(5, true, '..', 0)", "center(9)",
    "indent(2)", "replace('a', 'o')", "wordwrap(6)", "urlize", "default('none')", "format", "shout", "tojson",
    "of_page", "marked", "known",
    "first", "last", "filesizeformat if false else 'size'", "title|upper", "pprint", "xmlattr if false else 'attr'",
)  # fmt: skip
NUMBER_FILTERS = (
    "abs",
    "int",
    "int",
    "round|int",
    "round(0, 'floor')|int",
    "string|length",
    "default(0)",
)
SEQUENCE_FILTERS = (
    "list", "reverse|list", "sort(attribute='age')", "map(attribute='name')|list", "map('string')|list",
    "selectattr('age', 'gt', 30)|list", "rejectattr('age', 'odd')|list", "select('defined')|list", "unique|list",
    "batch(2)|list", "slice(2)|list", "map('shout')|list", "rejectattr('missing')|list", "select('grown')|list",
)  # fmt: skip
REDUCERS = (
    "|length", "|first", "|last", "|join(', ')", "|join('-', attribute='name')", "|sum(attribute='age')",
    "|max(attribute='age')", "|min(attribute='age')", "|map(attribute='age')|sum", "|groupby('age')|length",
)  # fmt: skip
TESTS = (
    "defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "callable", "true",
    "false", "boolean", "integer", "float", "escaped", "sameas(people)", "sameas(ann)", "in(numbers)", "grown",
    "eq(1)", "ne(ann)", "filter", "test", "shown",
)  # fmt: skip
THINGS = (
    "ann",
    "bob",
    "people[0]",
    "people[-1]",
    "(people|first)",
    "team.lead",
    "team['lead']",
    "ann.friend()",
)
SEQUENCES = (
    "people",
    "people[1:]",
    "people[::-1]",
    "[ann, bob]",
    "(ann, bob)",
    "ann.friends",
    "([bob] + people)",
)


class Expressions:
    """Generates expressions.

    :param chance: decides.
    :ivar names: what the template itself has set so far, which any expression may use.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names: list[str] = []

    def text(self, depth: int) -> str:
        """Return an expression for a text."""
        if depth <= 0:
            simple = (
                "word",
                "markup",
                "'<b>'",
                "'its'",
                "slug",
                "colour.value",
                "state",
                "lazy",
                f"{self.thing()}.name",
            )
            return self.chance.choice((*simple, *self.names))
        text, other = self.text(depth - 1), self.text(depth - 1)
        return self.chance.choice(
            (
                f"({text})|{self.chance.choice(TEXT_FILTERS)}",
                f"({text} ~ {other})",
                f"({text} ~ {self.any(depth - 1)} ~ {other})",
                f"('%s/%s' % ({text}, {other}))",
                f"'{{}}-{{}}'.format({text}, {self.any(depth - 1)})",
                f"', '.join([{text}|string, {other}|string])",
                f"({text} if {self.any(depth - 1)} else {other})",
                f"({text} or {other})",
                f"({text} and {other})",
                f"{self.thing()}.greet({text}, {self.keyword()}={other})",
                f"({text})|string|batch({self.chance.choice(('2', 'count'))})|first|join",
                f"greet({other}, *[{text}], **{{'{self.keyword()}': {other}}})",
                f"labels.get({text}, {other})",
                f"({text})|default({other}, true)",
            )
        )

    def number(self, depth: int) -> str:
        """Return an expression for a number."""
        if depth <= 0:
            return self.chance.choice(
                ("0", "1", "2", "7", "count", f"{self.thing()}.age", "numbers[1]")
            )
        one, other = self.number(depth - 1), self.number(depth - 1)
        sign = self.chance.choice(("+", "-", "*"))
        return self.chance.choice(
            (
                f"({one} {sign} {other})",
                f"-{one}",
                f"({one} // ({other} or 1))",
                f"({one})|{self.chance.choice(NUMBER_FILTERS)}",
                f"{self.sequence(depth - 1)}|length",
                f"({one} if {self.condition(depth - 1)} else {other})",
            )
        )

    def thing(self) -> str:
        """Return an expression for an object of the app."""
        return self.chance.choice(THINGS)

    def sequence(self, depth: int) -> str:
        """Return an expression for a sequence of objects."""
        found = self.chance.choice(SEQUENCES)
        if depth > 0 and self.chance.random() < 0.5:
            return f"({found}|{self.chance.choice(SEQUENCE_FILTERS)})"
        return found

    def iterable(self, depth: int) -> str:
        """Return an expression for an iterable."""
        others = (
            "numbers",
            "range(3)",
            "team",
            "team.items()",
            "team|dictsort",
            "stream()",
            "word",
            "labels.values()",
        )
        return self.sequence(depth) if self.chance.random() < 0.5 else self.chance.choice(others)

    def condition(self, depth: int) -> str:
        """Return an expression for a condition."""
        one, other = self.any(depth - 1), self.any(depth - 1)
        number, more = self.number(depth - 1), self.number(depth - 1)
        order, thing = self.chance.choice(("<", "<=", ">", ">=", "==", "!=")), self.thing()
        return self.chance.choice(
            (
                f"({one} is {self.chance.choice(('', 'not '))}{self.chance.choice(TESTS)})",
                f"({number} {order} {more})",
                f"({number} {order} {more} {order} 9)",
                f"({one} == {other})",
                f"({thing} {self.chance.choice(('in', 'not in'))} {self.sequence(0)})",
                f"(not {one})",
                f"({one} and {other})",
                f"({one} or {other})",
                one,
            )
        )

    def any(self, depth: int) -> str:
        """Return an expression of any kind."""
        if depth <= 0:
            simple = (
                "none",
                "true",
                "moment",
                "missing",
                "pair",
                "pair.left",
                "team",
                "big",
                "nan",
                "day",
                "nothing",
                "labels",
                "people",
            )
            if self.chance.random() < 0.3:
                return self.chance.choice((*simple, *self.names))
        return self.chance.choice(
            (
                lambda: self.text(depth),
                lambda: self.number(depth),
                self.thing,
                lambda: self.sequence(0) + self.chance.choice(REDUCERS),
                lambda: self.condition(depth) if depth > 0 else "flag",
                lambda: f"[{self.text(0)}, {self.number(0)}]",
                lambda: f"{{'a': {self.text(0)}, {self.text(0)}: {self.thing()}}}['a']",
                lambda: f"dict({self.keyword()}={self.text(0)}, other=1)|dictsort",
                lambda: f"{self.thing()}[{self.text(0)}]",
                self.kept,
                lambda: self.chance.choice(
                    (f"{self.thing()}.absent|default('x')", "missing|default(1)", "price", "2.5")
                ),
            )
        )()

    def kept(self) -> str:
        """Return an expression for a dict of the template with an object of the app as a key."""
        key = self.chance.choice(("ann", "bob", "slug", "state", "pair", "nan", "big", "lazy"))
        value = self.chance.choice(
            (f"[{self.text(0)}]", f"{{'a': {self.thing()}}}", self.thing(), "[1, 2]")
        )
        asked = self.chance.choice((key, key, "'a-b'", "'open'", "people[0]"))
        how = self.chance.choice(
            ("[{}]", ".get({})", ".get({}, [1])", ".pop({}, 3)", ".setdefault({}, [word])")
        )
        return f"{{{key}: {value}, 'z': 1}}{how.format(asked)}"

    def keyword(self) -> str:
        """Return a name for a keyword argument."""
        return self.chance.choice(("end", "title", "value", "default", "key"))
