from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

INTERFACE: int

def group(
    questions: Iterable[str],
    answers: Iterable[Any],
    writers: dict[int, Callable[[Any], Any] | None],
    writer_of: Callable[[type], Callable[[Any], Any] | None],
    usual: Callable[[str], Any],
    numbers: dict[int, list[int]],
    kinds: list[type],
    objects: list[Any],
    fresh: Iterator[list[int]],
    /,
) -> dict[str, list[Any]]: ...
def outline(document: Any, /) -> tuple[frozenset[str], frozenset[str], int]: ...
def know(
    jinja_types: frozenset[type],
    taken_apart: frozenset[type],
    plain: frozenset[type],
    macro: type,
    loop: type,
    cycle: object,
    markup: type,
    nobody: object,
    again: object,
    call_word: str,
    live_globals: dict[int, str],
    /,
) -> None: ...

class Helpers:
    def __new__(
        cls,
        tracer: Any,
        undefined: Callable[..., Any],
        escape: Callable[[Any], Any],
        /,
    ) -> Self: ...
    def foreign(
        self, function: Callable[..., Any], passed: int, word: str, rest: Callable[..., Any], /
    ) -> Callable[..., Any]: ...
    def getattr(self, value: Any, name: str, /) -> Any: ...
    def getattr_pair(self, value: Any, first: str, second: str, word: str, /) -> Any: ...
    def escape(self, value: Any, /) -> Any: ...
    def call(
        self,
        context: Any,
        loop_variables: Any,
        block_variables: Any,
        callee: Any,
        /,
        *arguments: Any,
        **keywords: Any,
    ) -> Any: ...
    def call_method(
        self,
        context: Any,
        loop_variables: Any,
        block_variables: Any,
        owner: Any,
        name: str,
        word: str,
        /,
        *arguments: Any,
        **keywords: Any,
    ) -> Any: ...
