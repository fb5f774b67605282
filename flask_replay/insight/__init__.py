"""Explain why a page looked as it did: what its template read, what changed, and where it shows."""

from .changes import Change, changes
from .curl import as_curl
from .observing import ObservingRenderer
from .page_state import PageState, Source, Spot, state
from .repeating import as_test
from .story import Line, Story, story
from .tree import Node

__all__ = [
    "Change",
    "Line",
    "Node",
    "ObservingRenderer",
    "PageState",
    "Source",
    "Spot",
    "Story",
    "as_curl",
    "as_test",
    "changes",
    "state",
    "story",
]
