"""What the recorder itself writes into a trace is not redacted."""

from __future__ import annotations

from flask_replay.boundary import Boundary
from flask_replay.engine import operations as op
from flask_replay.engine.recording.redaction import Redaction
from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.guarded import GuardedSanitizer
from flask_replay.trace.model import Trace


def test_a_content_hash_that_looks_like_a_card_number_is_kept() -> None:
    """A replay finds the template by it. A card number is redacted."""
    number = "4111111111111111"
    trace = Trace(answers={op.TEMPLATE: [f"a{number}e2ed", None], "name": [f"a{number}e2ed"]})
    redaction = Redaction({}, GuardedSanitizer(Sanitizer(), Boundary()))
    scrubbed = redaction.scrub(trace, ())
    assert scrubbed.answers[op.TEMPLATE] == [f"a{number}e2ed", None]
    assert scrubbed.answers["name"] == [f"a{REDACTED}e2ed"]
