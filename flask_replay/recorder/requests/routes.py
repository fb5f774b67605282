"""Find the arguments in the paths of an app's pages, without running the app's converters."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from flask import Flask

from ...sanitize import REDACTED
from ...sanitize.names import sensitive

_ARGUMENT = re.compile(r"<(?:(?P<converter>[^:<>(]+)(?:\([^)]*\))?:)?(?P<name>[^<>]+)>")
_STATIC, _DYNAMIC, _PATH = 0, 1, 2


class _Rule:
    """A URL rule, split at its slashes.

    :ivar kinds: the kind of each part: fixed text, an argument, or an argument that may span
        several parts.
    :ivar secret: whether an argument has a sensitive name.
    """

    def __init__(self, rule: str) -> None:
        self.parts = rule.strip("/").split("/")
        found = [list(_ARGUMENT.finditer(part)) for part in self.parts]
        self.names = [[match["name"] for match in matches] for matches in found]
        self.kinds = tuple(
            _PATH if any((match["converter"] or "").startswith("path") for match in matches)
            else _DYNAMIC if matches else _STATIC
            for matches in found
        )  # fmt: skip
        self.secret = any(sensitive(name) for names in self.names for name in names)
        paths = [index for index, kind in enumerate(self.kinds) if kind == _PATH]
        self.first, self.behind = (
            (paths[0], len(self.parts) - paths[-1] - 1) if paths else (len(self.parts), 0)
        )

    @cached_property
    def texts(self) -> list[re.Pattern[str]]:
        """Return the patterns of the parts. They are compiled on first use, because most paths
        fit no rule with a sensitive name, and are then compared with no other rule.
        """
        return [_pattern(_ARGUMENT.sub("\0", part).split("\0")) for part in self.parts]

    def fits(self, parts: list[str]) -> bool:
        """Whether a path matches this rule, in one step per part."""
        if _PATH in self.kinds:
            if len(parts) < len(self.parts):
                return False
        elif len(parts) != len(self.parts):
            return False
        last = len(self.parts) - self.behind
        pairs = [*zip(self.texts[: self.first], parts, strict=False)]
        pairs += (
            zip(self.texts[last:], parts[len(parts) - self.behind :], strict=True)
            if self.behind
            else []
        )
        return all(text.fullmatch(part) for text, part in pairs)

    def hidden(
        self, parts: list[str], params: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> set[int]:
        """Return the indexes of the parts of a matching path whose arguments the sanitizer would
        not keep.
        """
        hidden = set[int]()
        offset = len(parts) - len(self.parts)
        for index, names in enumerate(self.names):
            if index < self.first:
                indexes = [index]
            elif index >= len(self.parts) - self.behind:
                indexes = [index + offset]
            else:  # several such arguments can divide the parts in many ways
                indexes = [*range(self.first, len(parts) - self.behind)]
            value = "/".join(parts[one] for one in indexes)
            arguments = dict.fromkeys(names, value)
            if arguments and params(dict(arguments)) != arguments:
                hidden.update(indexes)
        return hidden


def _pattern(texts: list[str]) -> re.Pattern[str]:
    """Return a pattern of texts with something between them, which takes one step per character.

    If it matches at all, it matches with each text at its earliest position, so no backtracking is
    needed.
    """
    first, *between = map(re.escape, texts)
    last = [f".+{between.pop()}"] if between else []
    return re.compile("".join((first, *(f"(?>.+?{text})" for text in between), *last)), re.DOTALL)


_RuleTable = tuple[int, list[_Rule], list[_Rule]]
"""The number of an app's rules, the rules, and those of them that have an argument with a sensitive
name.
"""


def _table_of(rules: list[str]) -> _RuleTable:
    made = [_Rule(rule) for rule in rules]
    return len(made), made, [rule for rule in made if rule.secret]


class Routes:
    """The URL rules of an app."""

    def __init__(self, app: Flask | None) -> None:
        # not the app, or the writer's threads would keep it alive
        self.map = None if app is None else app.url_map
        self.table: _RuleTable = -1, [], []

    @classmethod
    def of(cls, rule: str) -> Routes:
        """Return routes with only one rule."""
        routes = cls(None)
        routes.table = _table_of([rule])
        return routes

    def _rules(self) -> _RuleTable:
        table = self.table
        if self.map is not None and sum(map(len, self.map._rules_by_endpoint.values())) != table[0]:
            # in one assignment: other threads use it
            table = self.table = _table_of([rule.rule for rule in self.map._rules])
        return table

    def clean(
        self, path: str, root: str, params: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> str:
        """Return a path without the arguments that the sanitizer would not keep.

        Of the matching rules, the most specific ones count: those that begin with the most fixed
        parts. The path may have a trailing slash that the rule lacks, or lead to a 404 for another
        reason: the visitor still intended that route.

        :param root: the prefix under which the app is served.
        """
        _, rules, secret = self._rules()
        if not secret or not path.startswith(root):
            return path
        raw = path[len(root) :].strip("/").split("/")
        parts = [unquote(part) for part in raw]
        if not any(rule.fits(parts) for rule in secret):
            return path
        fitting = [rule for rule in rules if rule.fits(parts)]
        best = min(rule.kinds for rule in fitting)
        hidden = {
            index for rule in fitting if rule.kinds == best for index in rule.hidden(parts, params)
        }
        if not hidden:
            return path
        # one placeholder is enough for an argument that spans several parts
        several = _PATH in best
        kept = [
            REDACTED if index in hidden else part
            for index, part in enumerate(raw)
            if not (several and {index, index - 1} <= hidden)
        ]
        end = "/" if path.endswith("/") else ""
        return f"{root}/{'/'.join(kept)}{end}"
