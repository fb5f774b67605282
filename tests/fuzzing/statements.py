"""Random templates from Jinja's grammar: pages, and what they extend, include and import."""

from __future__ import annotations

import random
from collections.abc import Callable

from .environments import Kind
from .expressions import Expressions

_OF_LOOPS = (
    "loop.index", "loop.last", "loop.length", "loop.cycle('a', word)", "loop.changed({item})",
    "loop.previtem|default('-')", "loop.nextitem|default('-')", "loop.revindex", "loop.depth0",
    "[loop]|map(attribute='nextitem')|list|length", "([loop]|map(attribute='previtem')|first)|default('-')",
    "[loop]|join(attribute='nextitem')", "[loop, loop]|sum(attribute='index')", "([loop]|max(attribute='length')).index",
    "([loop]|map(attribute='cycle')|first)(word, {item})", "loop|attr('nextitem')|default('-')",
    "loop|list|length", "(loop|list|first)|default('-')", "loop|first|length if loop.first and not loop.last", "loop ~ {item}",
    "loop|slice(2)|list|length", "(loop.cycle|default(ann))(1, {item})", "[loop, {item}]|length", "[[loop, 1]]|first|last",
    "greet(loop.index, *loop)", "loop.cycle.__name__|default('-')",
)  # fmt: skip
_OF_HELPERS = (
    "[{name}]|map(attribute='current')|list|length", "{name}|attr('current')|default(word)",
    "[{name}]|join(attribute='current')|length", "{name}|attr('__class__')|string|length > 0", "[[{name}, 1]]|first|last",
    "({name}|attr('next'))|default(ann) is callable", "{name}.next.__name__|default('-')", "{name} is mapping",
    "([{name}]|map('attr', 'items')|first)|string|length > 0",
)  # fmt: skip
_TEXT = ("\n", " ", "text", "<p>", "</p>", "&amp;", " - ", "ä")


class Statements(Expressions):
    """Generates templates for a kind of environment.

    :param kind: says which tags there are, and how they are delimited.
    :ivar uses: whether what is made may use other templates; those use none, lest they use
        themselves.
    """

    def __init__(self, chance: random.Random, kind: Kind) -> None:
        super().__init__(chance)
        self.kind = kind
        self.made = 0
        self.uses = False

    def used(self, depth: int) -> dict[str, str]:
        """Return the sources of shared templates by name.

        :param depth: how deep a page's statements nest.
        """
        part = self.scoped(lambda: self.body(depth - 1))
        library = (
            self.macro("field", depth - 1)
            + self.macro("shown", 0)
            + self.tag(f"set label = numbered() ~ {self.text(1)}")
        )
        between = self.tag("extends 'base.html'") + self.block(
            "title", self.printing("super()") + self.printed(1)
        )
        base = self.inheritable()
        return {
            "part.html": part,
            "library.html": library,
            "base.html": base,
            "between.html": between,
        }

    def page(self, depth: int) -> str:
        """Return the source of a page.

        :param depth: how deep its statements nest.
        """
        self.uses = True
        return self.inheriting(depth) if self.chance.random() < 0.3 else self.body(depth)

    def inheritable(self) -> str:
        """Return a template with blocks."""
        title = self.block("title", self.printed(1), self.chance.choice(("", "", " scoped")))
        rest = self.block("rest", self.scoped(lambda: self.body(0)), " scoped")
        again = self.printing("self.title()")
        return f"<h1>{title}</h1>{self.body(0)}{rest}{again if self.chance.random() < 0.5 else ''}"

    def inheriting(self, depth: int) -> str:
        """Return a template that extends another."""
        name = self.chance.choice(
            (
                "'base.html'",
                "'between.html'",
                "'base' ~ '.html'",
                "'base.html' if word else 'part.html'",
            )
        )
        start = self.tag(f"extends {name}") + self.imported()
        title = self.block(
            "title", self.printing("super()") + self.scoped(lambda: self.body(depth - 1))
        )
        return (
            start
            + title
            + (
                self.block("rest", self.scoped(lambda: self.body(depth)))
                if self.chance.random() < 0.7
                else ""
            )
        )

    # Writing

    def tag(self, inside: str) -> str:
        """Return a tag."""
        trim = self.chance.choice(("", "", "", "-"))
        return f"{self.kind.block[0]}{trim} {inside} {self.kind.block[1]}"

    def printing(self, expression: str) -> str:
        """Return a printed expression."""
        return f"{self.kind.variable[0]} {expression} {self.kind.variable[1]}"

    def block(self, name: str, body: str, modifier: str = "") -> str:
        return self.tag(f"block {name}{modifier}") + body + self.tag("endblock")

    def name(self) -> str:
        """Return a name that the template has not set yet."""
        self.made += 1
        return f"own{self.made}"

    def scoped(self, make: Callable[[], str]) -> str:
        """Return the result of a function, after which the names that it set are forgotten."""
        names = list(self.names)
        made = make()
        self.names = names
        return made

    # Statements

    def body(self, depth: int) -> str:
        """Return some statements."""
        return "".join(self.statement(depth) for _ in range(self.chance.randint(1, 2)))

    def statement(self, depth: int) -> str:
        """Return one statement."""
        plain: tuple[Callable[[], str], ...] = (
            self.literal,
            lambda: self.printed(2),
            lambda: self.printed(1),
            lambda: self.set(1),
        )
        if depth <= 0:
            return self.chance.choice(plain)()
        usual: tuple[Callable[[], str], ...] = (
            lambda: self.loop(depth), lambda: self.loop(depth), lambda: self.condition_of(depth),
            lambda: self.with_(depth), lambda: self.call_block(depth), lambda: self.filter_block(depth),
            lambda: self.set_block(depth), self.include, self.used_import, lambda: self.own_macro(depth),
            lambda: self.escaping(depth), self.namespace, self.recursive, self.own_helpers,
        )  # fmt: skip
        special: dict[str, Callable[[], str]] = {
            "do": self.do,
            "i18n": lambda: self.translated(depth),
            "loopcontrols": lambda: self.left_loop(depth),
        }
        extra = tuple(make for name, make in special.items() if name in self.kind.tags)
        return self.chance.choice((*plain, *usual, *extra))()

    def literal(self) -> str:
        return self.chance.choice(_TEXT)

    def printed(self, depth: int) -> str:
        return self.printing(self.any(depth))

    def set(self, depth: int) -> str:
        name = self.name()
        if self.chance.random() < 0.2:
            other = self.name()
            tag = self.tag(f"set {name}, {other} = pair")
        else:
            tag = self.tag(f"set {name} = {self.any(depth)}")
        self.names.append(name)
        return tag

    def loop(self, depth: int) -> str:
        name = self.name()
        only = self.chance.choice(("", "", f" if {name}", f" if {name} is defined"))
        head = self.tag(f"for {name} in {self.iterable(1)}{only}")
        body = self.scoped(lambda: self._in_loop(name, depth))
        otherwise = self.tag("else") + self.literal() if self.chance.random() < 0.3 else ""
        return head + body + otherwise + self.tag("endfor")

    def _in_loop(self, name: str, depth: int) -> str:
        self.names.append(name)
        told = self.chance.choice(_OF_LOOPS).format(item=name)
        return (self.printing(told) if self.chance.random() < 0.6 else "") + self.body(depth - 1)

    def recursive(self) -> str:
        name = self.name()
        return (
            self.tag(
                f"for {name} in {self.chance.choice(('people', '[ann]', 'ann.friends'))} recursive"
            )
            + self.printing(f"{name}.name ~ loop.depth")
            + self.tag("if loop.depth < 3")
            + self.printing(f"loop({name}.friends)")
            + self.tag("endif")
            + self.tag("endfor")
        )

    def condition_of(self, depth: int) -> str:
        otherwise = self.tag(f"elif {self.condition(1)}") + self.scoped(
            lambda: self.body(depth - 1)
        )
        last = self.tag("else") + self.scoped(lambda: self.body(depth - 1))
        return (
            self.tag(f"if {self.condition(2)}")
            + self.scoped(lambda: self.body(depth - 1))
            + self.chance.choice(("", otherwise, last, otherwise + last))
            + self.tag("endif")
        )

    def with_(self, depth: int) -> str:
        name = self.name()
        head = self.tag(f"with {name} = {self.any(1)}, word = {self.text(0)}")

        def inside() -> str:
            self.names.append(name)
            return self.body(depth - 1)

        return head + self.scoped(inside) + self.tag("endwith")

    def macro(self, name: str, depth: int) -> str:
        """Return a macro that takes any arguments, and a caller."""

        def inside() -> str:
            self.names = ["one", "two", "varargs|length", "kwargs|length"]
            called = (
                self.tag("if caller") + self.printing(f"caller({self.text(0)})") + self.tag("endif")
            )
            return self.body(depth) + self.printing("kwargs|length + varargs|length") + called

        head = self.tag(f"macro {name}(one, two={self.text(0)})")
        return head + self.scoped(inside) + self.tag("endmacro")

    def called(self, macro: str) -> str:
        arguments = (
            f"{self.any(1)}",
            f"{self.text(0)}, two={self.any(0)}",
            "ann, bob, 3, end=word",
            "**{'one': ann}",
        )
        return f"{macro}({self.chance.choice(arguments)})"

    def own_macro(self, depth: int) -> str:
        name = self.name()
        return self.macro(name, depth - 1) + self.printing(self.called(name))

    def call_block(self, depth: int) -> str:
        name, given = self.name(), self.name()

        def inside() -> str:
            self.names.append(given)
            return self.body(depth - 1)

        head = self.macro(name, 0) + self.tag(f"call({given}) {self.called(name)}")
        return head + self.scoped(inside) + self.tag("endcall")

    def filter_block(self, depth: int) -> str:
        name = self.chance.choice(
            ("upper", "trim", "shout", "replace('a', word)", "e", "indent(1)|title")
        )
        return (
            self.tag(f"filter {name}")
            + self.scoped(lambda: self.body(depth - 1))
            + self.tag("endfilter")
        )

    def set_block(self, depth: int) -> str:
        name = self.name()
        head = self.tag(f"set {name}{self.chance.choice(('', ' | upper', ' | shout'))}")
        body = self.scoped(lambda: self.body(depth - 1))
        self.names.append(name)
        return head + body + self.tag("endset")

    def include(self) -> str:
        names = (
            "'part.html'",
            "['absent.html', 'part.html']",
            "'absent.html' ignore missing",
            "'part' ~ '.html'",
        )
        context = self.chance.choice(("", "", "", " without context", " with context"))
        return (
            self.tag(f"include {self.chance.choice(names)}{context}")
            if self.uses
            else self.literal()
        )

    def imported(self) -> str:
        context = self.chance.choice(("", *[" with context"] * 3))
        return self.tag(f"import 'library.html' as library{context}")

    def used_import(self) -> str:
        if not self.uses:
            return self.literal()
        context = self.chance.choice(("", *[" with context"] * 3))
        name = self.name()
        some = self.tag(f"from 'library.html' import field as {name}, label{context}")
        if self.chance.random() < 0.5:
            return some + self.printing(self.called(name)) + self.printing("label")
        read = self.chance.choice(
            ("library.label", "[library]|map(attribute='label')|first", "library|attr('label')")
        )
        return self.imported() + self.printing(self.called("library.shown")) + self.printing(read)

    def escaping(self, depth: int) -> str:
        on = self.chance.choice(
            ("true", "false", "flag", "word|length > 3", "missing", "greet", "state")
        )
        return (
            self.tag(f"autoescape {on}")
            + self.scoped(lambda: self.body(depth - 1))
            + self.tag("endautoescape")
        )

    def namespace(self) -> str:
        name, item = self.name(), self.name()
        return (
            self.tag(f"set {name} = namespace(total=0, last={self.any(0)})")
            + self.tag(f"for {item} in people")
            + self.tag(f"set {name}.total = {name}.total + {item}.age")
            + self.tag(f"set {name}.last = {item}")
            + self.tag("endfor")
            + self.printing(f"{name}.total ~ {name}.last")
        )

    def own_helpers(self) -> str:
        name = self.name()
        helper = self.chance.choice(("cycler('a', word, ann)", "joiner(word)"))
        call = f"{name}.next()" if helper[0] == "c" else f"{name}()"
        read = self.chance.choice(("','", *_OF_HELPERS)).format(name=name)
        calls = self.printing(call) + self.printing(read) + self.printing(call)
        return self.tag(f"set {name} = {helper}") + calls

    def do(self) -> str:
        name = self.name()
        appended = self.tag(f"set {name} = [word]") + self.tag(f"do {name}.append({self.any(1)})")
        return appended + self.printing(f"{name}|length") + self.printing(f"{name}[-1]")

    def translated(self, depth: int) -> str:
        several = (
            self.tag("trans number=count, who=ann.name")
            + "one "
            + self.printing("who")
            + self.tag("pluralize")
            + "some"
        )
        single = self.tag(f"trans who={self.text(depth - 1)}") + "Hello " + self.printing("who")
        filled = f", who={self.text(0)}" if self.kind.newstyle else ""
        call = self.printing(f"{self.chance.choice(('_', 'gettext'))}('<b>who</b>'{filled})")
        return self.chance.choice(
            (several + self.tag("endtrans"), single + self.tag("endtrans"), call)
        )

    def left_loop(self, depth: int) -> str:
        name = self.name()
        leave = (
            self.tag(f"if {name}.age > 30")
            + self.tag(self.chance.choice(("break", "continue")))
            + self.tag("endif")
        )
        rest = self.scoped(lambda: self.body(depth - 1))
        return self.tag(f"for {name} in {self.sequence(1)}") + leave + rest + self.tag("endfor")
