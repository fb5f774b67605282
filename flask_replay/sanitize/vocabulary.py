"""The words of names that tell of secrets, and of those that do not."""

WORDS = frozenset[str]()
