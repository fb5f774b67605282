"""Rewrite reads and calls: of attributes, items, methods, functions, macros, filters and tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from ...sanitize.names import VALUE_NAMES, words_of
from .operators import OperatorRewriter, name_of

VARIABLES = ("_loop_vars", "_block_vars")
"""The variables that Jinja passes to every call, for functions that want the context."""

_LOOP = frozenset(
    {
        "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0",
        "previtem", "nextitem", "cycle", "changed",
    }
)  # fmt: skip
"""Attributes of ``loop``. A template cannot assign to that name, and the values are not noted."""

_READS = frozenset({"getattr", "getitem"})
"""Methods of the environment that read from an object."""

_VAGUE = frozenset({"code", "codes", "key", "keys"})
"""Names that say little by themselves. Numbers and ids are missing: cards on a board have them,
too.
"""

_HOLDING = VALUE_NAMES | {"code", "key", "number"}
"""Attributes that may hold a secret, if their object is in a container with the name of one."""

_LOOKING_UP = frozenset({"get", "getlist", "pop", "setdefault"})
"""Methods that return the value under a given key."""


def attribute_of(node: ast.AST, owner: str) -> str | None:
    """Return ``x`` for the expression ``owner.x``."""
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
    ):
        return node.attr
    return None


def _of_overlaid(node: ast.expr) -> str:
    """Return ``x`` for ``t_1.x``, a read from a context that an extension's tag lays over another;
    ``""`` for other expressions.
    """
    owner = node.value if isinstance(node, ast.Attribute) else None
    return (
        str(getattr(node, "attr", ""))
        if isinstance(owner, ast.Name) and owner.id.startswith("t_")
        else ""
    )


def _is_at_hand(node: ast.expr) -> bool:
    """Whether an expression has its value without any operation."""
    return isinstance(node, ast.Constant | ast.Name)


_VARIABLE = re.compile(r"\bl_\d+_(\w+)")
_OF_SETTINGS = frozenset({"get", "getenv", "env", "setting", "config", "conf", "option", "secret"})
_OF_TEXTS = frozenset({"text", "label", "message", "translation", "icon", "url", "field", "help"})
"""Words of functions that return the value of a setting, and of others that return a text."""


def _qualified(read: ast.Call) -> str:
    """Return the name of an attribute or item that is read, with that of its owner before it if it
    says little by itself: ``recovery_codes`` for ``user.recovery.codes``.
    """
    owner, asked = read.args[:2]
    name = getattr(asked, "value", None)
    if name not in _VAGUE:
        return name if isinstance(name, str) else ""
    if isinstance(owner, ast.Call) and attribute_of(owner.func, "environment") in _READS:
        return f"{getattr(owner.args[1], 'value', '')}_{name}"
    variable = _VARIABLE.search(ast.dump(owner))
    return name if variable is None else f"{variable[1]}_{name}"


def _looked_up(call: list[ast.expr]) -> str:
    """Return the name in a call like ``config.get("SECRET_KEY")``, ``""`` for other calls.

    :param call: callee and arguments.
    """
    if len(call) < 2:
        return ""
    callee = call[0]
    if isinstance(callee, ast.Call) and attribute_of(callee.func, "environment") == "getattr":
        name = str(getattr(callee.args[1], "value", ""))
    else:
        variable = _VARIABLE.search(ast.dump(callee))
        name = "" if variable is None else variable[1]
    words = frozenset(words_of(name))
    found = name in _LOOKING_UP or (words & _OF_SETTINGS and not words & _OF_TEXTS)
    key = getattr(call[1], "value", "")
    return key if found and isinstance(key, str) else ""


class CallRewriter(OperatorRewriter):
    """Rewrites the reads and calls of one root or block function.

    :param asks_again: see ``OperatorRewriter``.
    :param formats_in_turn: see ``OperatorRewriter``.
    :param sensitive: returns whether values under a name are treated as secrets.
    :ivar filters: variables with the functions of ``{% filter %}`` blocks and the like, whose
        results the template creates.
    :ivar loops: variables that hold a ``loop`` at this point.
    """

    def __init__(
        self, *, asks_again: bool, formats_in_turn: bool, sensitive: Callable[[str], bool]
    ) -> None:
        super().__init__(asks_again=asks_again, formats_in_turn=formats_in_turn)
        self.sensitive = sensitive
        self.filters: set[str] = set()
        self.loops: set[str] = set()

    def visit_Call(self, node: ast.Call) -> ast.expr:
        of_environment = attribute_of(node.func, "environment")
        if of_environment == "getattr" and str(getattr(node.args[1], "value", "_")).startswith("_"):
            read = self._helper("getattr_private", node, *self._each(node.args))
            return self._private(read, str(getattr(node.args[1], "value", "")))
        if of_environment in _READS:
            return self._read(of_environment, node)
        if of_environment in {"call_binop", "call_unop"}:
            return self._helper("intercepted", node, *self._each(node.args))
        if of_environment == "call":
            return self._call(node, node.args[1:])
        of_context = attribute_of(node.func, "context")
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
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "extend"
            and not node.keywords
        ):
            node.args = [self._inner(argument) for argument in node.args]
            return node
        if isinstance(node.func, ast.Name):
            return self._named_call(node, node.func.id)
        return self._generic_call(node)

    def _read(self, helper: str, node: ast.Call) -> ast.expr:
        """Rewrite the read of an attribute or item. In most cases, it is known here whether its
        name is sensitive.
        """
        name = getattr(node.args[1], "value", None)
        if helper == "getattr" and name in _LOOP and getattr(node.args[0], "id", "") in self.loops:
            return self._helper("getattr_loop", node, *node.args)
        qualified = _qualified(node)
        if helper == "getattr" and name in _HOLDING and not self.sensitive(qualified):
            return self._helper("getattr_value", node, *self._each(node.args))
        if helper == "getattr" and (pair := self._pair(node)):
            return self._helper("getattr_pair", node, *pair)
        read = self._helper(helper, node, *self._each(node.args))
        if isinstance(name, str):
            return self._private(read, name if self.sensitive(name) else qualified)
        if helper == "getitem" and not isinstance(node.args[1], ast.Constant):
            return self._helper("getitem_named", node, *read.args)
        return read

    def _pair(self, node: ast.Call) -> list[ast.expr]:
        """Return owner, names and question of ``a.b.c`` if it may be read in one step; else
        nothing.
        """
        inner = node.args[0]
        if not isinstance(inner, ast.Call) or attribute_of(inner.func, "environment") != "getattr":
            return []
        reads = inner, node
        names = [getattr(read.args[1], "value", None) for read in reads]
        if (
            not all(map(self._is_common, names))
            or any(map(self.sensitive, map(_qualified, reads)))
            or getattr(inner.args[0], "id", "") in self.loops
        ):
            return []
        return [
            self.visit(inner.args[0]),
            *map(ast.Constant, names),
            ast.Constant(".".join(map(str, names))),
        ]

    def _is_common(self, name: object) -> bool:
        """Whether values under a name need no special treatment."""
        return (
            isinstance(name, str)
            and name[:1] != "_"
            and name not in _HOLDING
            and not self.sensitive(name)
        )

    def _private(self, read: ast.Call, name: str) -> ast.Call:
        return (
            self._helper("private", read, read, ast.Constant(name))
            if self.sensitive(name)
            else read
        )

    def _named(self, value: ast.expr, name: str) -> ast.expr:
        """Mark a value to which the template itself gives a sensitive name: ``{% set token = x
        %}``, ``m(token=x)``.
        """
        if (
            isinstance(value, ast.Constant)
            or getattr(value, "id", "") == "missing"
            or not self.sensitive(name)
        ):
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
        if name == "loop":  # the function of a recursive loop
            return self._helper("given", node, call)
        return self._helper("made", node, call) if name in self.filters else call

    def _escaped(self, node: ast.Call) -> ast.expr:
        """Escape a value. Most values are texts, which need no helper."""
        self.used.update({"escape", "_h_plain_text", "_h_escape_text"})
        name = self._temporary()
        store = ast.NamedExpr(ast.Name(name, ast.Store()), self.visit(node.args[0]))
        is_text = ast.Compare(
            ast.Call(name_of("type"), [store], []), [ast.Is()], [name_of("_h_plain_text")]
        )
        text = ast.Call(name_of("_h_escape_text"), [name_of(name)], [])
        return ast.copy_location(
            ast.IfExp(is_text, text, ast.Call(name_of("escape"), [name_of(name)], [])), node
        )

    def _inner(self, node: ast.expr) -> ast.expr:
        """Visit the elements of a display that is not a value of the template itself."""
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
            elif (
                isinstance(keyword.value, ast.Call)
                and getattr(keyword.value.func, "id", "") == "dict"
            ):
                keyword.value = self._generic_call(keyword.value)
            else:
                keyword.value = self._helper(
                    "spread_mapping", keyword.value, self.visit(keyword.value)
                )
        return arguments

    def _call(self, node: ast.Call, positional: list[ast.expr]) -> ast.expr:
        """Rewrite a call of the template. The variables for functions that want the context are
        passed separately.
        """
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
        call = self._helper(
            helper,
            node,
            name_of("context"),
            *variables,
            *method,
            *arguments,
            keywords=node.keywords,
        )
        return self._private(call, name)

    def _method(self, node: ast.Call, positional: list[ast.expr]) -> list[ast.expr]:
        """Return owner, name and question of a method that may be read in the same step as it is
        called; else nothing.

        This requires that the arguments need no operation, because those must run after the read of
        the method.
        """
        callee = positional[0]
        if (
            not isinstance(callee, ast.Call)
            or attribute_of(callee.func, "environment") != "getattr"
        ):
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
        """Remove the variables from a ``**{…}``, where Jinja puts them if a keyword is no
        identifier in Python (``class=``).
        """
        if isinstance(mapping, ast.Call) and mapping.args:
            mapping = mapping.args[0]
        taken: dict[Any, ast.expr] = {}
        if isinstance(mapping, ast.Dict):
            pairs = list(zip(mapping.keys, mapping.values, strict=True))
            kept = [pair for pair in pairs if getattr(pair[0], "value", None) not in VARIABLES]
            taken = {
                getattr(key, "value", None): value
                for key, value in pairs
                if (key, value) not in kept
            }
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
