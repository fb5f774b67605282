"""The report that a run of a peer's suite leaves for the runner."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

OUTCOMES = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""From the best to the worst. A test counts as the worst of its phases."""


@dataclass
class Report:
    """The outcome of each test, and the verdicts on its frames.

    :ivar outcomes: one of :data:`OUTCOMES`, by the test's name.
    :ivar verdicts: how many frames had each verdict.
    :ivar different: by the test's name, one line for each frame that renders something else.
    :ivar unrecorded: how many frames were rendered by the app's own code, by reason.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    different: dict[str, list[str]] = field(default_factory=dict)
    unrecorded: dict[str, int] = field(default_factory=dict)

    def ended(self, test: str, outcome: str) -> None:
        """Add the outcome of a phase of a test."""
        before = self.outcomes.get(test, "passed")
        self.outcomes[test] = max(before, outcome, key=OUTCOMES.index)

    def document(self) -> dict[str, object]:
        """Return the report as plain data."""
        return asdict(self)

    @property
    def passed(self) -> int:
        """Return how many tests passed."""
        return sum(outcome == "passed" for outcome in self.outcomes.values())

    @property
    def frames(self) -> int:
        """Return how many frames were recorded."""
        return sum(self.verdicts.values())


def changed(bare: Report, recorded: Report) -> dict[str, list[str]]:
    """Return the differences between two reports, as lines by the test's name."""
    found: dict[str, list[str]] = {}
    for test in {**bare.outcomes, **recorded.outcomes}:
        before, after = bare.outcomes.get(test, "not run"), recorded.outcomes.get(test, "not run")
        if before != after:
            found.setdefault(test, []).append(f"{before}, recorded {after}")
    for test, lines in recorded.different.items():
        found.setdefault(test, []).extend(lines)
    return found
