"""Rewrite the Python that Jinja generates for a template, so that it asks a frame for everything.

Jinja's compiled code calls its environment and its context for names, attributes, calls and
filters; iteration, truth, comparison, arithmetic and text it leaves to Python. The rewriting
sends all of it through helpers, which each root and block function takes from its context:
``_h = context.frame``. One compiled template so serves a recording, which notes the answers, and
a replay, which gives them. Working on the generated Python keeps an app's own code generator.
"""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from jinja2 import Environment, Undefined, nodes

from ..sanitize.names import VALUE_NAMES
from .ignoring import ReplayIgnore, around, check_exports, is_ignored, is_lookup, unheard
from .modules import macros_of
from .operators import Operators, name_of
from .overlays import overlay_of

ASKS_AGAIN = sys.version_info >= (3, 12)

BOUND = frozenset(
    {
        "escape", "str", "Markup", "markup_join", "str_join", "Macro", "LoopContext", "AsyncLoopContext",
        "auto_await", "auto_aiter",
    }
)  # fmt: skip
"""Names of Jinja's runtime that the frame provides instead."""

VARIABLES = ("_loop_vars", "_block_vars")
"""What Jinja passes to every call, for functions that want the context."""

_LOOP = frozenset(
    {
        "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0",
        "previtem", "nextitem", "cycle", "changed",
    }
)  # fmt: skip
"""Attributes of ``loop``. A template cannot give that name to something else, and what it gives needs no note."""

_ALONE = frozenset({ast.Name, ast.Constant})
"""Nodes with no other within that has a line."""

_MAKES_MACROS, _TESTS_NAMESPACE = "= Macro(environment, ", ", Namespace)"
"""Stand in the generated code that does so."""

_LOOKING_UP = frozenset({"get", "getlist", "pop", "setdefault"})
"""Methods that give what stands under the name they are asked for."""


def generate(
    environment: Environment,
    tree: nodes.Template,
    name: str | None,
    filename: str | None,
    *,
    asks_again: bool = ASKS_AGAIN,
    formats_in_turn: bool = True,
    sensitive: Callable[[str], bool] = lambda name: False,
    rewrite: Callable[[ast.Module], object] | None = None,
) -> CodeType:
    """Compile a tree to instrumented code.

    :param environment: shapes the code; an app's functions must be ``postponed`` in it.
    :param name: of the template, ``None`` for one made from a string.
    :param filename: stands in tracebacks.
    :param asks_again: see ``Operators``; by default, what this Python does.
    :param formats_in_turn: see ``Operators``; what was recorded before that was known replays as it was.
    :param sensitive: tells of which names a recording takes the values for secrets. A replay needs no such rule, so
        that recordings outlive a change of it: it finds out from a trace what was read in one step, and what in two.
    :param rewrite: changes the instrumented module in place, for those who want to know more of a replay.
    """
    overlay = overlay_of(environment)
    overlay.optimized = True
    overlay.getattr = _foldable(environment.getattr)  # type: ignore[method-assign,assignment]
    overlay.getitem = _foldable(environment.getitem)  # type: ignore[method-assign,assignment]
    tree.set_environment(overlay)
    python = overlay._generate(tree, name, filename)
    with _uncollected():
        module = instrument(python, asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive)
        if rewrite is not None:
            rewrite(module)
        return compile(module, filename or "<template>", "exec")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector waiting.

    While Python makes or reads a syntax tree it counts its depth in one place for all (CPython's ``Python-ast.c``). A
    finalizer that parses something meanwhile, as the text of any traceback does, spoils that count: a SystemError.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _foldable(read: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Keep the compiler from reading what a recording and a replay read differently."""

    def read_foldable(value: Any, name: Any) -> Any:
        answer = None if isinstance(name, str) and name.startswith("_") else read(value, name)
        if answer is None or isinstance(answer, Undefined):
            raise nodes.Impossible
        return answer

    return read_foldable


def instrument(
    source: str, *, asks_again: bool, formats_in_turn: bool, sensitive: Callable[[str], bool] = lambda name: False
) -> ast.Module:
    """Rewrite a module that ``Environment.compile(..., raw=True)`` gave.

    :param source: the generated Python.
    :param asks_again: see ``Operators``.
    :param formats_in_turn: see ``Operators``.
    """
    module = ast.parse(source)
    ignores = ReplayIgnore.identifier in source  # most have no such part, and need not be looked through for it
    if ignores:
        check_exports(module)
    if _MAKES_MACROS in source:
        again = ast.parse(source).body  # for the macros alone; to copy the tree would cost many times as much
        roots = [node for node in again if isinstance(node, ast.FunctionDef) and node.name == "root"]
        module.body += filter(None, map(macros_of, roots))
    for index, statement in enumerate(module.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            function = _Function(asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive)
            if _TESTS_NAMESPACE in source:
                function.used.add("Namespace")  # Jinja's own test of what a template sets an attribute of
            if ignores:
                function.unheard = unheard(statement)
            module.body[index] = function.rewrite(statement)
    _locate(module)
    return module


def _locate(module: ast.Module) -> None:
    """Give nodes that are new the line of what they are in.

    ``ast.fix_missing_locations`` does so, too, but looks at each node several times.
    """
    pending: list[tuple[ast.AST, int]] = [(module, 1)]
    while pending:
        node, line = pending.pop()
        own = vars(node)
        line = own.get("lineno", line)
        if type(node) not in _ALONE:
            for child in own.values():
                if type(child) is list:
                    pending += [(one, line) for one in child if isinstance(one, ast.AST)]
                elif isinstance(child, ast.AST) and child._fields:
                    pending.append((child, line))
        if "lineno" not in own:
            own.update(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)


def _attribute_of(node: ast.AST, owner: str) -> str | None:
    """Give ``x`` for the expression ``owner.x``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner:
        return node.attr
    return None


def _of_overlaid(node: ast.expr) -> str:
    """Return ``x`` for ``t_1.x``, of a context that an extension's tag lays over another, ``""`` for others."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    return str(getattr(node, "attr", "")) if isinstance(owner, ast.Name) and owner.id.startswith("t_") else ""


def _is_at_hand(node: ast.expr) -> bool:
    """Tell whether a value is there without asking anything for it."""
    return isinstance(node, ast.Constant | ast.Name)


def _looked_up(call: list[ast.expr]) -> str:
    """Give the name in a call like ``config.get("SECRET_KEY")``, ``""`` for any other call.

    :param call: callee and arguments.
    """
    if (
        len(call) > 1
        and isinstance(callee := call[0], ast.Call)
        and _attribute_of(callee.func, "environment") == "getattr"
    ):
        if getattr(callee.args[1], "value", None) in _LOOKING_UP:
            return str(getattr(call[1], "value", ""))
    return ""


class _Function(Operators):
    """Rewrites one root or block function, and what is nested in it."""

    def __init__(self, *, asks_again: bool, formats_in_turn: bool, sensitive: Callable[[str], bool]) -> None:
        super().__init__(asks_again=asks_again, formats_in_turn=formats_in_turn)
        self.sensitive = sensitive
        self.filters: set[str] = set()
        self.loops: set[str] = set()
        self.unheard: frozenset[str] = frozenset()
        self.nesting = 0

    def rewrite(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.FunctionDef | ast.AsyncFunctionDef:
        function.body = self._statements(function.body)
        taken = [("_h", "context", "frame"), ("environment", "_h", "environment")]
        taken += [(name, "_h", "text_of" if name == "str" else name.removeprefix("_h_")) for name in sorted(self.used)]
        function.body[:0] = [
            ast.Assign([ast.Name(name, ast.Store())], ast.Attribute(name_of(owner), attribute, ast.Load()))
            for name, owner, attribute in taken
        ]
        return function

    # Names and functions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in BOUND and isinstance(node.ctx, ast.Load):
            self.used.add(node.id)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node  # messages of Jinja's own

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if [argument.arg for argument in node.args.args] == ["fiter"]:
            self.filters.add(node.name)
        self.nesting += 1
        node.body = self._statements(node.body)
        self.nesting -= 1
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self.visit_FunctionDef(node)  # type: ignore[arg-type,return-value]

    # Ignored parts

    def visit_If(self, node: ast.If) -> Any:
        if not is_ignored(node):
            return super().visit_If(node)
        opened, closed = around(node, lambda helper: self._helper(helper, node))
        ends = ast.copy_location(ast.Expr(self._helper("ignore_ends", node)), node)
        run = ast.copy_location(ast.Try(self._statements(node.body), [], [], [ends]), node)
        node.test = self._helper("ignore_begins", node)
        node.body = [*opened, run, *closed]
        return node

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.expr:
        of_environment = _attribute_of(node.func, "environment")
        if of_environment == "getattr" and str(getattr(node.args[1], "value", "_")).startswith("_"):
            read = self._helper("getattr_private", node, *self._each(node.args))
            return self._private(read, str(getattr(node.args[1], "value", "")))
        if of_environment in {"getattr", "getitem"}:
            return self._read(of_environment, node)
        if of_environment in {"call_binop", "call_unop"}:
            return self._helper("intercepted", node, *self._each(node.args))
        if of_environment == "call":
            return self._call(node, node.args[1:])
        of_context = _attribute_of(node.func, "context")
        if of_context == "call":
            return self._call(node, node.args)
        if of_context == "derived":
            return self._helper("derive", node, name_of("context"), *map(self._display, node.args))
        if of_context == "get_all":
            return self._helper("inherit", node, name_of("context"))
        if _of_overlaid(node.func) == "derived":
            raise ValueError("a tag lays names over others within a tag that does so, too")
        if isinstance(node.func, ast.Attribute) and _of_overlaid(node.func) == "resolve":
            read = self._helper("overlaid", node, node.func.value, *node.args)
            return self._private(read, str(getattr(node.args[0], "value", "")))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "extend" and not node.keywords:
            node.args = [self._inner(argument) for argument in node.args]
            return node
        if isinstance(node.func, ast.Name):
            return self._named_call(node, node.func.id)
        return self._generic_call(node)

    def _read(self, helper: str, node: ast.Call) -> ast.expr:
        """Rewrite the read of an attribute or item; a secret's name is mostly known here."""
        name = getattr(node.args[1], "value", None)
        if helper == "getattr" and name in _LOOP and getattr(node.args[0], "id", "") in self.loops:
            return self._helper("getattr_loop", node, *node.args)
        if helper == "getattr" and name in VALUE_NAMES:
            return self._helper("getattr_value", node, *self._each(node.args))
        if helper == "getattr" and (pair := self._pair(node)):
            return self._helper("getattr_pair", node, *pair)
        read = self._helper(helper, node, *self._each(node.args))
        if isinstance(name, str):
            return self._private(read, name)
        if helper == "getitem" and not isinstance(node.args[1], ast.Constant):
            return self._helper("getitem_named", node, *read.args)
        return read

    def _pair(self, node: ast.Call) -> list[ast.expr]:
        """Give owner, names and question of ``a.b.c``, which may be read in one step; else nothing."""
        inner = node.args[0]
        if not isinstance(inner, ast.Call) or _attribute_of(inner.func, "environment") != "getattr":
            return []
        names = [getattr(read.args[1], "value", None) for read in (inner, node)]
        if not all(map(self._is_common, names)) or getattr(inner.args[0], "id", "") in self.loops:
            return []
        return [self.visit(inner.args[0]), *map(ast.Constant, names), ast.Constant(".".join(map(str, names)))]

    def _is_common(self, name: object) -> bool:
        """Whether what stands under a name needs no closer look."""
        return isinstance(name, str) and name[:1] != "_" and name not in VALUE_NAMES and not self.sensitive(name)

    def _private(self, read: ast.Call, name: str) -> ast.Call:
        return self._helper("private", read, read, ast.Constant(name)) if self.sensitive(name) else read

    def _named(self, value: ast.expr, name: str) -> ast.expr:
        """Tell of a value that the template gives a sensitive name itself: ``{% set token = x %}``, ``m(token=x)``."""
        if isinstance(value, ast.Constant) or getattr(value, "id", "") == "missing" or not self.sensitive(name):
            return value
        return self._helper("named", value, value, ast.Constant(name))

    def _named_call(self, node: ast.Call, name: str) -> ast.expr:
        if name in {"isinstance", "getattr", "internalcode"}:
            return node
        if name == "resolve" and isinstance(node.args[0], ast.Constant):
            return self._private(node, str(node.args[0].value))
        if name == "escape" and len(node.args) == 1 and not node.keywords:
            return self._escaped(node)
        if name in {"markup_join", "str_join"}:
            self.used.add(name)
            node.args = [self._inner(argument) for argument in node.args]
            return node
        call = self._generic_call(node)
        if name == "loop":  # the function of a recursive one
            return self._helper("given", node, call)
        return self._helper("made", node, call) if name in self.filters else call

    def _escaped(self, node: ast.Call) -> ast.expr:
        """Escape a value; most are texts, and need no helper."""
        self.used.update({"escape", "_h_plain_text", "_h_escape_text"})
        name = self._temporary()
        store = ast.NamedExpr(ast.Name(name, ast.Store()), self.visit(node.args[0]))
        is_text = ast.Compare(ast.Call(name_of("type"), [store], []), [ast.Is()], [name_of("_h_plain_text")])
        text = ast.Call(name_of("_h_escape_text"), [name_of(name)], [])
        return ast.copy_location(ast.IfExp(is_text, text, ast.Call(name_of("escape"), [name_of(name)], [])), node)

    def _inner(self, node: ast.expr) -> ast.expr:
        """Visit a display that is no value of the template's: only its elements are."""
        if isinstance(node, ast.Tuple | ast.List):
            node.elts = self._each(node.elts)
            return node
        visited: ast.expr = self.visit(node)
        return visited

    def _arguments(self, node: ast.Call, positional: list[ast.expr]) -> list[ast.expr]:
        arguments: list[ast.expr] = []
        for argument in positional:
            if isinstance(argument, ast.Starred):
                argument.value = self._helper("spread", argument, self.visit(argument.value))
                arguments.append(argument)
            else:
                arguments.append(self.visit(argument))
        for keyword in node.keywords:
            if keyword.arg is not None:
                keyword.value = self._named(self.visit(keyword.value), keyword.arg)
            elif isinstance(keyword.value, ast.Dict):
                keyword.value.values = self._each(keyword.value.values)
            elif isinstance(keyword.value, ast.Call) and getattr(keyword.value.func, "id", "") == "dict":
                keyword.value = self._generic_call(keyword.value)
            else:
                keyword.value = self._helper("spread_mapping", keyword.value, self.visit(keyword.value))
        return arguments

    def _call(self, node: ast.Call, positional: list[ast.expr]) -> ast.expr:
        """Rewrite a call of the template's; the variables for functions that want them travel apart."""
        passed: dict[Any, ast.expr] = {}
        for keyword in list(node.keywords):
            if keyword.arg in VARIABLES:
                passed[keyword.arg] = keyword.value
                node.keywords.remove(keyword)
            elif keyword.arg is None:
                passed.update(self._take_variables(keyword.value))
        name = _looked_up(positional)
        method = self._method(node, positional)
        arguments = self._arguments(node, positional[1:] if method else positional)
        variables = [passed.get(name, ast.Constant(None)) for name in VARIABLES]
        helper = "call_method" if method else "call"
        call = self._helper(helper, node, name_of("context"), *variables, *method, *arguments, keywords=node.keywords)
        return self._private(call, name)

    def _method(self, node: ast.Call, positional: list[ast.expr]) -> list[ast.expr]:
        """Give owner, name and question of a method that may be read as it is called; else nothing.

        That is so if its arguments are at hand: what they are made of must be asked after the method is read.
        """
        callee = positional[0]
        if not isinstance(callee, ast.Call) or _attribute_of(callee.func, "environment") != "getattr":
            return []
        name = getattr(callee.args[1], "value", None)
        given = [*positional[1:], *(keyword.value for keyword in node.keywords)]
        if (
            not self._is_common(name)
            or getattr(callee.args[0], "id", "") in self.loops
            or not all(map(_is_at_hand, given))
        ):
            return []
        return [self.visit(callee.args[0]), ast.Constant(name), ast.Constant(f"{name}()")]

    @staticmethod
    def _take_variables(mapping: ast.expr) -> dict[Any, ast.expr]:
        """Take them out of a ``**{…}``: there they are when a keyword is no name in Python (``class=``)."""
        if isinstance(mapping, ast.Call) and mapping.args:
            mapping = mapping.args[0]
        taken: dict[Any, ast.expr] = {}
        if isinstance(mapping, ast.Dict):
            pairs = list(zip(mapping.keys, mapping.values, strict=True))
            kept = [pair for pair in pairs if getattr(pair[0], "value", None) not in VARIABLES]
            taken = {getattr(key, "value", None): value for key, value in pairs if (key, value) not in kept}
            mapping.keys, mapping.values = [key for key, _ in kept], [value for _, value in kept]
        return taken

    def _generic_call(self, node: ast.Call) -> ast.Call:
        node.func = self.visit(node.func)
        displays = isinstance(node.func, ast.Attribute | ast.Name) and (
            getattr(node.func, "attr", "")
            in {"update", "difference_update", "setdefault", "new_context", "make_module"}
            or getattr(node.func, "id", "") in {"Macro", "dict"}
        )
        if displays:
            node.args = [self._display(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        else:
            node.args = self._arguments(node, node.args)
        return node

    def _display(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Dict):
            node.values = self._each(node.values)
            return node
        return self._inner(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if _attribute_of(node, "context") == "resolve_or_missing":
            return self._helper("resolver", node, name_of("context"))
        inner: Any = node.value
        path = node.attr
        while isinstance(inner, ast.Attribute):  # an imported name has dots
            inner, path = inner.value, f"{inner.attr}.{path}"
        if isinstance(inner, ast.Subscript) and _attribute_of(inner.value, "environment") == "extensions":
            return self._helper("extension", node, inner.slice, ast.Constant(path))
        node.value = self.visit(node.value)
        return node

    # Templates and blocks within templates

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        node.value = self.visit(node.value)
        if not self.nesting:  # what a macro or a recursive loop yields, the template takes piece by piece
            node.value = self._helper("through", node, node.value)
        return node

    # Slices

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
            parts = (node.slice.lower, node.slice.upper, node.slice.step)
            bounds = [ast.Constant(None) if part is None else self.visit(part) for part in parts]
            return self._helper("slice", node, node.value, *bounds)
        return node

    # Containers that the template makes

    def _made(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        if isinstance(getattr(node, "ctx", None), ast.Store):
            return node
        return self._helper("made", node, node)

    def visit_List(self, node: ast.List) -> ast.expr:
        return self._made(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return self._made(node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        return self._made(node)

    # Iteration and unpacking

    def visit_For(self, node: ast.For) -> ast.stmt:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.stmt:
        return self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor) -> ast.stmt:
        target = node.target
        event = isinstance(target, ast.Name) and target.id == "event"
        if event and isinstance(node, ast.For):
            node.iter = self._helper("through", node.iter, self.visit(node.iter))
        internal = event or ast.unparse(target) in {"(name, parent_block)", "name, parent_block"}
        before: list[ast.stmt] = []
        loop = set[str]()
        if not internal:
            kind = node.iter.func if isinstance(node.iter, ast.Call) else None
            if isinstance(kind, ast.Name) and kind.id in {"LoopContext", "AsyncLoopContext"}:
                assert isinstance(target, ast.Tuple)
                node.iter = self.visit(node.iter)
                target.elts[0], before = self._target(target.elts[0])
                variable = target.elts[1]
                assert isinstance(variable, ast.Name)
                loop = {variable.id} - self.loops
            else:
                visited = self.visit(node.iter)
                node.iter = visited if isinstance(node, ast.AsyncFor) else self._helper("iterate", node.iter, visited)
                node.target, before = self._target(target)
        self.loops |= loop
        node.body = before + self._statements(node.body)
        self.loops -= loop
        node.orelse = self._statements(node.orelse)
        return node

    def _target(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        if not isinstance(target, ast.Tuple):
            return target, []
        name = self._temporary()
        value = self._helper("unpack", target, name_of(name), self._shape(target))
        unpacking = ast.copy_location(ast.Assign([target], value), target)
        return ast.copy_location(ast.Name(name, ast.Store()), target), [unpacking]

    def _shape(self, target: ast.expr) -> ast.expr:
        """Describe a target: ``None`` for one name, else a tuple with one shape for each part."""
        if not isinstance(target, ast.Tuple):
            return ast.Constant(None)
        return ast.Tuple([self._shape(part) for part in target.elts], ast.Load())

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in self.unheard and is_lookup(node.value):
            assert isinstance(node.value, ast.Call)
            node.value = self._helper("unheard", node, name_of("resolve"), *node.value.args)
            return node
        if isinstance(target, ast.Name) and (target.id.startswith("t_") or target.id.endswith("_vars")):
            if isinstance(node.value, ast.List | ast.Dict) and not ast.dump(node.value).count("Name"):
                return node  # a buffer of the generated code
        node.value = self.visit(node.value)
        if (
            isinstance(target, ast.Attribute)
            and target.attr == "autoescape"
            and not isinstance(node.value, ast.Constant)
        ):
            node.value = self._helper("escaping", node, node.value)
        elif isinstance(target, ast.Tuple):
            node.value = self._helper("unpack", node, node.value, self._shape(target))
        elif isinstance(target, ast.Name) and not _is_called(node.value, "_h_private"):
            node.value = self._named(node.value, target.id.partition("_")[2].partition("_")[2])
        return node


def _is_called(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
