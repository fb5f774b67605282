"""A visit: what tells which recording a request belongs to."""

from __future__ import annotations

import msgspec

HEADER = "X-Replay-Recording"
"""Names the recording of a program that drives the app itself; it is worth what the cookie is."""

ENVIRON = "HTTP_X_REPLAY_RECORDING"
"""The same, where the environment of a request has it."""

RUN = 86_400.0
"""Seconds for which a program may use the header, or write to a recording that it began over HTTP.
"""

AHEAD = 60.0
"""Seconds by which the clock of another machine may be ahead."""

PROGRAM_VISITOR = "*"
"""Stands for the person in the recording of a program that drives the app: whoever it logs in as,
it is one run.
"""


class Visit(msgspec.Struct, frozen=True):
    """What the cookie says.

    :param id: of the recording, ``""`` for a session that is not recorded.
    :param started_ms: milliseconds since 1970.
    :param seen: seconds since 1970.
    :param capture: id of the capture by hand that it is recorded for; ``""`` for none.
    :param who: digest of the name of the one person whose recording it is, ``""`` while nobody has
        said a name; or :data:`PROGRAM_VISITOR`.
    :param previous: the recording of the person that this browser was before.
    :param fresh: the request that it is of came without a cookie; the cookie does not say so.
    :param consented: the visitor has agreed to be recorded; where nobody asks, nobody has.
    """

    id: str
    started_ms: int
    seen: int
    capture: str = ""
    who: str = ""
    previous: Visit | None = None
    fresh: bool = False
    consented: bool = False
