"""``{% replay_ignore %}…{% endreplay_ignore %}``: a part of a template that visitors see and
recordings do not.

For the app the tag has no effect: its content is rendered as if the tag were missing. The code of a
twin asks its runtime. A recording runs the part, drops what it read, and puts a mark before and
after its output. A replay skips the part and shows a box.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

BOX = (
    "<span class=replay-ignored style=display:inline-block;min-width:6em;padding:.2em/**/.6em;"
    "border:1px/**/dashed;opacity:.7;font-style:italic>not recorded</span>"
)
"""The box in a replay. It contains no quotes, because the part may be inside an attribute value."""

_BEGINS = "begins"
_UNSEEN = "unseen"
_READERS = frozenset({"get_template", "select_template", "get_or_select_template"})
_USED_OUTSIDE = "a name that it sets in a replay_ignore block is used outside of it"


class RegionMark(str):
    """An empty piece of output, before or after an ignored part.

    :ivar region: number of the ignored part.
    """

    __slots__ = ("opens", "region")
    opens: bool
    region: int

    @classmethod
    def of(cls, region: int, *, opens: bool) -> RegionMark:
        """Return a new mark."""
        mark = cls("")
        mark.region, mark.opens = region, opens
        return mark


class ReplayIgnore(Extension):
    """The extension with the tag. ``Replay(app)`` adds it to the app's environment. Add it to other
    environments that use the same templates.

    :ivar for_twins: templates are parsed for their twins, whose code asks its runtime whether to
        run a part.
    :ivar on_untraced: a function that is called when the app's own code runs a part, because the
        recorder would not notice that otherwise.
    """

    tags = {"replay_ignore"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.for_twins = False
        self.on_untraced: Callable[[], None] | None = None

    @property
    def unseen(self) -> None:
        """Report that a part runs without a runtime. The code of a template reads this before each
        part.
        """
        if self.on_untraced is not None:
            self.on_untraced()

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Parse a part, and return its content."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endreplay_ignore",), drop_needle=True)
        if not self.for_twins:
            return [nodes.ExprStmt(self.attr(_UNSEEN, lineno=line), lineno=line), *body]
        if self.environment.concat is not Environment.concat:
            parser.fail("replay_ignore is recorded only in templates that yield text", line)
        if _leaves(body):
            parser.fail(
                "replay_ignore is not recorded with a break or continue of a loop around it", line
            )
        box = nodes.Output([nodes.TemplateData(BOX, lineno=line)], lineno=line)
        return nodes.If(self.attr(_BEGINS, lineno=line), body, [], [box], lineno=line)


ReplayIgnore.identifier = "flask_replay.ignore"
"""Recorded templates contain it, so it must not depend on the location of the class."""


def _leaves(body: Iterable[nodes.Node]) -> bool:
    """Whether a part has a ``break`` or ``continue`` of a loop around it."""
    inner = (node for node in body if not isinstance(node, nodes.For))
    return any(
        isinstance(node, nodes.Break | nodes.Continue) or _leaves(node.iter_child_nodes())
        for node in inner
    )


def for_twins(environment: Environment) -> Environment:
    """Return an environment that parses templates like another one, but for their twins: the code
    asks its runtime whether to run an ignored part.
    """
    known = environment.extensions.get(ReplayIgnore.identifier)
    if known is None or vars(known).get("for_twins"):
        return environment
    overlay = environment.overlay()
    overlay.extensions[ReplayIgnore.identifier].for_twins = True  # type: ignore[attr-defined]
    return overlay


# The generated Python


def is_ignored(node: ast.AST) -> bool:
    """Whether a statement of generated Python is an ignored part."""
    test = getattr(node, "test", None) if isinstance(node, ast.If) else None
    return (
        isinstance(test, ast.Attribute)
        and test.attr == _BEGINS
        and ReplayIgnore.identifier in ast.dump(test)
    )


def around(node: ast.If, calls: Callable[[str], ast.Call]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Return the statements that insert the marks of an ignored part, made from those that insert
    its box.

    :param calls: returns a call of a helper.
    """
    opened, closed = (deepcopy(node.orelse) for _ in range(2))
    for statements, helper in ((opened, "ignore_opens"), (closed, "ignore_closes")):
        for place, statement in enumerate(statements):
            statements[place] = _Marking(calls(helper)).visit(statement)
    return opened, closed


class _Marking(ast.NodeTransformer):
    """Replaces the box by a call."""

    def __init__(self, call: ast.Call) -> None:
        self.call = call

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.copy_location(deepcopy(self.call), node) if node.value == BOX else node


def is_lookup(node: ast.expr) -> bool:
    """Whether an expression looks up a name of the page."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "resolve"


def only_ignored(function: ast.AST) -> frozenset[str]:
    """Return the variables of a function that hold names which only ignored parts use.

    Jinja looks up all names at the beginning of a function, whatever uses them.

    :raises ValueError: a variable that an ignored part sets is used outside of it, so it would
        affect the page.
    """
    within = {
        id(inner) for node in ast.walk(function) if is_ignored(node) for inner in _inside(node)
    }
    if not within:
        return frozenset()
    looked_up, aliases, used_outside, set_inside = (
        set[str](),
        dict[str, str](),
        set[str](),
        set[str](),
    )
    passed = {
        id(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _alias(node)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if is_lookup(node.value):
                looked_up.add(node.targets[0].id)
            elif _alias(node) and id(node) not in within:
                aliases[node.targets[0].id] = node.value.id  # type: ignore[attr-defined]
        if isinstance(node, ast.Name) and node.id.startswith("l_") and id(node) not in passed:
            if isinstance(node.ctx, ast.Load) and id(node) not in within:
                used_outside.add(node.id)
    for node in ast.walk(function):
        if id(node) in within and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            set_inside.add(node.id)
    while more := {aliases[name] for name in used_outside & aliases.keys()} - used_outside:
        used_outside |= more
    if used_outside & set_inside:
        raise ValueError(_USED_OUTSIDE)
    return frozenset((looked_up | aliases.keys()) - used_outside)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    assert isinstance(node, ast.If)
    for statement in node.body:
        yield from ast.walk(statement)


def _alias(node: ast.Assign) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id.startswith("l_")


def check_exports(module: ast.Module) -> None:
    """Check that other templates cannot use what ignored parts of a module set.

    :raises ValueError: they can.
    """
    functions = [
        node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    within = [inner for node in ast.walk(module) if is_ignored(node) for inner in _inside(node)]
    if not any(map(_exports, within)):
        return
    known = set(map(id, within))
    if len(functions) > 1 or any(
        _reads(node) for node in ast.walk(module) if id(node) not in known
    ):
        raise ValueError(_USED_OUTSIDE)


def _reads(node: ast.AST) -> bool:
    """Whether an expression finds another template."""
    return getattr(node, "attr", "") in _READERS


def _exports(node: ast.AST) -> bool:
    """Whether a statement exports a name to other templates: ``context.vars['x'] = …``."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"vars", "exported_vars"}
        and (getattr(node.value, "id", "") == "context")
    )
