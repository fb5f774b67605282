"""Nested statements: loops within loops, macros within macros, blocks within blocks, and what
templates contain besides statements.
"""

from __future__ import annotations

from collections.abc import Callable

from .statements import Statements

_PAIRS = (
    "team.items()", "labels|dictsort", "[(ann, 1), (bob, word)]", "people|groupby('age')",
    "labels|items", "[pair, pair]", "[[1, ann], 'ab']", "numbers|batch(2, word)", "zipped()",
)  # fmt: skip
_ABOUT_LOOPS = (
    "outer.index ~ loop.index", "outer.last", "outer.changed(loop.index)", "loop.first and outer.first",
    "outer.cycle('a', ann, word)", "outer.nextitem|default(word)", "outer.depth ~ loop.revindex0",
)  # fmt: skip
_ABOUT_MACROS = ("name", "arguments", "catch_kwargs", "catch_varargs", "caller", "missing")
_RARE = (
    "(word,)[0]", "(ann, bob)[1].name", "[word, count][-1]", "{'a': ann}.a.name", "labels['a' ~ '']",
    "numbers[::2]", "word[1:]", "word[count]", "numbers[count - 1]", "people[0].friends[0].name",
    "2 ** count", "count % 2", "+count", "1_000 + 1e3", "7 // 2.0", "count > 1 > 0", "1 in numbers",
    "'a' in labels", "ann in team.values()", "'x' 'y'", "'\\u00e4\\n'", "(word)|upper|lower|title",
    "count is divisibleby 3", "count is not even", "(word if missing)", "(word if flag)|length",
    "[labels]|map(attribute='missing')|list|length", "[labels]|map(attribute='missing')|map('default', word)|list", "[[]]|map('first')|join",
    "(word|attr('upper')).__name__|default('-')", "word.upper.__name__|default('-')", "labels|attr('__class__')|string|length > 0",
    "missing.more", "missing|default", "none|default('n', true)", "dict(c=1, **labels).b",
    "dict(a=ann).items()|list|length", "namespace(**labels).b", "range(1, 9, 3)|list|string",
    "people|map(attribute='friends')|map('length')|join('/')", "people|selectattr('age', 'in', [41])|list|length",
    "people|groupby('age', default=1)|map('first')|join(',')", "labels|dictsort(by='value', reverse=true)|first|last",
    "labels|xmlattr", "labels|tojson(indent=1)", "word|tojson", "[word, none, 1.5]|tojson|length", "numbers|sum(start=count)",
    "price|round(1)|string", "price|float + 1", "word|replace('w', ann.name, 1)", "word|format|string", "'%(a)s-%(b)s'|format(**labels)",
    "people|map('attr', 'name')|join", "people|map(attribute='more', default=word)|join", "numbers|select('gt', 1)|list|length",
    "numbers|reject('odd')|first", "word|list|unique|join", "('a b c'|urlize)", "'http://a.b/c d'|urlize(8, true)", "'<i>x</i> y'|striptags",
    "count|filesizeformat", "word|center(count + 9)|trim", "greet()|length", "greet(*numbers, **labels)", "ann.greet(*[word])",
    "ann['greet']", "ann.missing", "ann.missing|default(word)", "ann|attr('name')", "team.lead.name.upper()", "word.upper().lower()",
    "', '.join(numbers|map('string'))", "word.replace('o', count|string)", "labels.keys()|list|first", "labels.get('z', ann).name",
    "numbers.index(2)", "'{0.left}:{1!r:>8}'.format(pair, count)", "'%5.1f'|format(price|float)", "'%r' % word", "pair[0]", "pair._fields|length",
    "moment.year", "day.isoformat()", "moment|string|length", "colour", "colour.name", "state == 'open'", "state ~ slug", "slug is string",
    "lazy ~ word", "lazy|upper", "lazy == word", "big // 7", "nan == nan", "nothing is none", "markup + '<b>'", "'<b>' + markup",
    "markup|striptags|upper", "(markup ~ word)|e", "markup.join([word, '<']) ", "('<'|e) is escaped", "[1, [ann, {'k': bob}]][1][1].k.name",
    "greet.missing", "greet is callable", "people.append is callable", "missing == missing", "missing ~ word", "loop is defined",
    "cycler(*people).next().name", "cycler(1, 2).current", "joiner()()", "lipsum is callable", "url_for is defined", "request.path", "config.DEBUG",
    "session.get('a')", "g.missing is defined", "self is defined", "caller is defined", "varargs is defined", "super is defined",
)  # fmt: skip


class Structures(Statements):
    """Generates templates from all of Jinja's grammar.

    :ivar blocks: whether a block may stand here: in a macro it would be another template's.
    """

    blocks = True

    def any(self, depth: int) -> str:
        """Return an expression of any kind. One in eight is of a rare kind."""
        return self.chance.choice(_RARE) if self.chance.random() < 0.12 else super().any(depth)

    def statement(self, depth: int) -> str:
        """Return one statement."""
        if depth <= 0 or self.chance.random() < 0.6:
            return super().statement(depth)
        made: tuple[Callable[[], str], ...] = (
            self.beside, lambda: self.unpacked_loop(depth), lambda: self.loop_in_loop(depth),
            lambda: self.family(depth), lambda: self.nested_macros(depth), lambda: self.macro_value(depth),
            lambda: self.nested_calls(depth), lambda: self.set_in_scopes(depth), self.include_in_loop, self.import_in_loop,
            lambda: self.block_here(depth), lambda: self.namespace_block(depth), self.trimmed, lambda: self.own_super(depth),
        )  # fmt: skip
        return self.chance.choice(made)()

    def used(self, depth: int) -> dict[str, str]:
        """Return the sources of shared templates, one of which uses others."""
        found = super().used(depth)
        third = self.tag("extends 'between.html'") + self.block(
            "title", self.printing("super()|upper")
        )
        third += self.block("rest", self.printing("super()") + self.printing("self.title()|lower"))
        nest = (
            self.tag("set inner = word")
            + self.tag("include 'part.html'")
            + self.printing("inner ~ outer|default('-')")
        )
        nest += self.tag("from 'library.html' import shown with context") + self.printing(
            self.called("shown")
        )
        nest += self.tag("from 'tools.html' import tool") + self.printing("tool(word)")
        context = self.chance.choice(("", " with context"))
        tools = self.tag(f"from 'library.html' import shown{context}") + self.tag("set part")
        tools += self.tag("include 'part.html'") + self.tag("endset")
        tools += self.tag("set number = numbered()") + self.tag("macro tool(x)")
        tools += self.printing(self.called("shown")) + self.printing("part ~ x ~ number")
        return {
            **found,
            "third.html": third,
            "nest.html": nest,
            "tools.html": tools + self.tag("endmacro"),
        }

    def inheriting(self, depth: int) -> str:
        """Return a template that extends another, perhaps in three steps, or only under a
        condition.
        """
        if self.chance.random() < 0.7:
            return super().inheriting(depth)
        last = self.block(
            "title", self.printing("super()") + self.scoped(lambda: self.body(depth - 1))
        )
        if self.chance.random() < 0.5:
            return self.tag("extends 'third.html'") + self.tag("set top = word") + last
        condition = (
            self.tag(f"if {self.condition(1)}")
            + self.tag("extends 'third.html'")
            + self.tag("endif")
        )
        return condition + self.literal() + last

    def beside(self) -> str:
        """Return text, comments and the like."""
        raw = (
            self.tag("raw")
            + self.chance.choice(("{{ word }}", "{% if %}", "${ x }"))
            + self.tag("endraw")
        )
        return self.chance.choice(
            ("{# {{ word }} #}", "{#- - -#}", raw, "\r\n", "\n\n  ", "{ {", "# x")
        )

    def trimmed(self) -> str:
        """Return something printed without the space around it."""
        start, end = self.kind.variable
        left, right = self.chance.choice((("-", "-"), ("-", ""), ("", "-"), ("+", ""), ("", "")))
        return f" {start}{left} {self.any(1)} {right}{end} \n"

    def unpacked_loop(self, depth: int) -> str:
        one, other = self.name(), self.name()

        def inside() -> str:
            self.names += [one, other]
            return (
                self.printing(one) + self.printing(f"{other} ~ loop.index") + self.body(depth - 1)
            )

        only = self.chance.choice(("", "", f" if {other}", f" if {one} is not none"))
        head = self.tag(f"for {one}, {other} in {self.chance.choice(_PAIRS)}{only}")
        return head + self.scoped(inside) + self.tag("endfor")

    def loop_in_loop(self, depth: int) -> str:
        one, other = self.name(), self.name()

        def inside() -> str:
            self.names += [one, other]
            return self.printing(self.chance.choice(_ABOUT_LOOPS)) + self.body(depth - 1)

        first = self.tag(f"for {one} in {self.iterable(1)}") + self.tag("set outer = loop")
        second = self.tag(
            f"for {other} in {self.chance.choice(('numbers', 'stream()', 'people', '[]'))}"
        )
        otherwise = (
            self.tag("else") + self.printing("outer.index") if self.chance.random() < 0.3 else ""
        )
        return first + second + self.scoped(inside) + otherwise + self.tag("endfor") * 2

    def family(self, depth: int) -> str:
        """Return a loop that calls itself for the children, in one of several ways."""
        name = self.name()
        below = self.chance.choice(
            (
                f"loop({name}.friends)",
                f"loop({name}.friends)|upper",
                f"loop({name}.friends|list) ~ word",
                "loop([])|length",
            )
        )
        otherwise = self.tag("else") + "none" if self.chance.random() < 0.5 else ""

        def inside() -> str:
            self.names.append(name)
            return self.body(depth - 1)

        return (
            self.tag(f"for {name} in people recursive") + self.scoped(inside) + self.tag("if loop.depth0 < 2")
            + self.printing(below) + self.tag("endif") + otherwise + self.tag("endfor")
        )  # fmt: skip

    def _macro(self, head: str, names: list[str], body: Callable[[], str]) -> str:
        blocks, self.blocks = self.blocks, False

        def inside() -> str:
            self.names = [*self.names[:1], *names]
            return body()

        made = self.tag(f"macro {head}") + self.scoped(inside) + self.tag("endmacro")
        self.blocks = blocks
        return made

    def macro(self, name: str, depth: int) -> str:
        """Return a macro without a block."""
        blocks, self.blocks = self.blocks, False
        made = super().macro(name, depth)
        self.blocks = blocks
        return made

    def nested_macros(self, depth: int) -> str:
        """Return a macro that contains one and calls it, and perhaps itself."""
        outer, inner = self.name(), self.name()

        def body() -> str:
            own = self._macro(
                f"{inner}(x, y=a)",
                ["x", "y"],
                lambda: self.printing("x ~ y ~ a") + self.body(depth - 1),
            )
            again = self.tag("if n > 0") + self.printing(f"{outer}(a, n=n - 1)") + self.tag("endif")
            return (
                own
                + self.printing(f"{inner}({self.any(1)})")
                + self.printing(f"{inner}(y=word, x=n)")
                + again
            )

        call = self.chance.choice(
            (f"{outer}({self.text(1)})", f"{outer}(a={self.any(0)}, n=2)", f"{outer}()")
        )
        return self._macro(f"{outer}(a=word, n=1)", ["a", "n"], body) + self.printing(call)

    def macro_value(self, depth: int) -> str:
        """Return a macro used as a value: under another name, in a list, tested, passed to others."""
        name, kept, given = self.name(), self.name(), self.name()
        made = self._macro(
            f"{name}(a, b=2)", ["a", "b"], lambda: self.printing("a ~ b ~ (kwargs.c|default('-'))")
        )
        taker = self._macro(
            f"{given}(f)", ["f|string|length"], lambda: self.printing("f(word)|upper")
        )
        about = self.printing(f"{name}.{self.chance.choice(_ABOUT_MACROS)}")
        uses = (
            self.tag(f"set {kept} = {name}") + self.printing(f"{kept}({self.any(1)}, c=ann)"),
            self.printing(f"[{name}][0]({self.text(0)})"), taker + self.printing(f"{given}({name})"), about,
            self.tag(f"set {kept} = {{'m': {name}}}") + self.printing(f"{kept}.m(1, b=word)"),
            self.printing(f"people|map(attribute='name')|map('string')|map('upper')|join({name}(word))"),
            self.tag(f"if {name} is callable") + self.printing(f"{name}(1)|length") + self.tag("endif"),
        )  # fmt: skip
        return made + self.chance.choice(uses) + self.chance.choice(uses[:2])

    def nested_calls(self, depth: int) -> str:
        """Return a call of a macro that calls back several times, with another such call inside."""
        name, one, other = self.name(), self.name(), self.name()
        given = self.chance.choice(
            ("caller(1, ann)", "caller(ann, y=word)", "caller(*[word, 2])", "caller(1)", "caller()")
        )
        body = lambda: (
            self.printing(given)
            + ","
            + self.printing(self.chance.choice((given, "caller is defined", "a")))
        )
        made = self._macro(f"{name}(a='')", ["a"], body)

        def inside() -> str:
            self.names += [one, other]
            again = (
                self.tag(f"call(z={self.any(0)}) {name}({one})")
                + self.printing(f"z ~ {other}")
                + self.tag("endcall")
            )
            return self.body(depth - 1) + (
                again if self.chance.random() < 0.5 else self.printing(one)
            )

        head = self.tag(f"call({one}=word, {other}={self.any(0)}) {name}({self.text(0)})")
        return made + head + self.scoped(inside) + self.tag("endcall")

    def set_in_scopes(self, depth: int) -> str:
        """Return a name that is set outside and inside, and shown in both places."""
        name, item = self.name(), self.name()
        shown = self.printing(name)
        within = self.tag(f"set {name} = {self.any(1)}") + shown
        scopes = (
            (self.tag(f"for {item} in numbers"), self.tag("endfor")), (self.tag(f"if {self.condition(1)}"), self.tag("endif")),
            (self.tag(f"with {item} = {name}"), self.tag("endwith")), (self.tag("filter upper"), self.tag("endfilter")),
            (self.tag(f"set {item}"), self.tag("endset")), (self.tag(f"if flag and {self.condition(0)}"), self.tag("else") + shown + self.tag("endif")),
        )  # fmt: skip
        before, behind = self.chance.choice(scopes)
        first = self.tag(f"set {name} = {self.any(0)}") if self.chance.random() < 0.7 else ""
        return first + before + shown + within + behind + shown

    def include_in_loop(self) -> str:
        if not self.uses:
            return self.literal()
        item, names = self.name(), self.name()
        wanted = self.chance.choice(
            (
                item,
                f"[{item}, 'part.html']",
                f"[{item}, 'none.html'] ignore missing with context",
                f"{item} ignore missing",
            )
        )
        listed = self.chance.choice(
            ("['part.html', 'nest.html']", "['absent.html', 'nest.html']", "['nest.html'] * 2")
        )
        head = (
            self.tag(f"set {names} = {listed}")
            + self.tag("set outer = 'o'")
            + self.tag(f"for {item} in {names}")
        )
        return (
            head
            + self.tag(f"include {wanted}")
            + self.printing("inner is defined")
            + self.tag("endfor")
        )

    def import_in_loop(self) -> str:
        if not self.uses:
            return self.literal()
        item, name, absent = self.name(), self.name(), self.name()
        context = self.chance.choice(("", " with context", " without context"))
        some = self.tag(f"from 'library.html' import label as {name}, absent as {absent}{context}")
        whole = self.tag(f"import 'library' ~ '.html' as {name}{context}")
        shown = (
            self.printing(f"{name} ~ ({absent} is defined)"),
            self.printing(f"{name}.label ~ {name}.absent"),
        )
        made = (
            some + shown[0],
            whole + shown[1],
            whole + self.tag(f"call(x) {name}.field({item})") + "x" + self.tag("endcall"),
            self.tag(f"from 'tools.html' import tool{context}") + self.printing(f"tool({item})"),
        )
        return (
            self.tag(f"for {item} in {self.iterable(0)}")
            + self.chance.choice(made)
            + self.tag("endfor")
        )

    def block_here(self, depth: int) -> str:
        """Return a block, perhaps in a loop whose item it uses."""
        if not (self.blocks and self.uses):
            return self.literal()
        name, item = self.name(), self.name()
        again = self.printing(f"self.{name}()") if self.chance.random() < 0.5 else ""
        if self.chance.random() < 0.5:
            return self.block(name, self.scoped(lambda: self.body(depth - 1))) + again
        inner = self.block(
            name,
            self.printing(f"{item} ~ loop.index|default('-')"),
            self.chance.choice((" scoped", "")),
        )
        return self.tag(f"for {item} in people") + inner + self.tag("endfor")

    def namespace_block(self, depth: int) -> str:
        """Return a namespace that is filled from inner scopes with text and values."""
        name, item = self.name(), self.name()
        filled = (
            self.tag(f"set {name}.text")
            + self.scoped(lambda: self.body(depth - 1))
            + self.tag("endset")
        )
        swapped = self.tag(f"set {name}.a, {name}.b = {name}.b, {self.any(0)}")
        loop = (
            self.tag(f"for {item} in numbers")
            + self.chance.choice((filled, swapped))
            + self.tag("endfor")
        )
        start = self.tag(f"set {name} = namespace({{'a': ann}}, b={self.any(0)}, text='')")
        return (
            start
            + loop
            + self.printing(f"{name}.text ~ {name}.a ~ {name}.b")
            + self.printing(f"{name}.absent is defined")
        )

    def own_super(self, depth: int) -> str:
        """Return a filtered part of the page, and a helper that is used across scopes."""
        name, item = self.name(), self.name()
        filters = self.chance.choice(
            (
                "upper|trim",
                "replace('e', word)|title",
                "shout|e",
                "string|length|string",
                "indent(2, true)",
                "wordcount|string",
            )
        )
        turn = self.tag(f"set {name} = cycler({self.text(0)}, {self.any(0)})")
        shown = self.printing(f"{name}.next() ~ {name}.current") + self.printing(item)
        return (
            turn
            + self.tag(f"filter {filters}")
            + self.tag(f"for {item} in numbers")
            + shown
            + self.tag("endfor")
            + self.tag("endfilter")
        )
