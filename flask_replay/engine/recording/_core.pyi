from collections.abc import Callable, Iterable, Iterator
from typing import Any

INTERFACE: int

def group(
    questions: Iterable[str],
    answers: Iterable[Any],
    writers: dict[type, Callable[[Any], Any] | None],
    writer_of: Callable[[type], Callable[[Any], Any] | None],
    usual: Callable[[str], Any],
    numbers: dict[int, list[int]],
    kinds: list[type],
    objects: list[Any],
    fresh: Iterator[list[int]],
    /,
) -> dict[str, list[Any]]: ...
