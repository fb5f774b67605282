"""Why a page was as it was: what its template read, what changed, and where it stands."""

from .changes import Change, changes
from .observing import Watching
from .state import Source, Spot, State, state
from .tree import Node

__all__ = ["Change", "Node", "Source", "Spot", "State", "Watching", "changes", "state"]
