"""A visit: the recording that a request belongs to, as the cookie stores it."""

from __future__ import annotations

import msgspec

HEADER = "X-Replay-Recording"
"""The header that names the recording of a program that drives the app. It is as sensitive as the
cookie.
"""

ENVIRON = "HTTP_X_REPLAY_RECORDING"
"""The key of that header in the WSGI environment."""

RUN = 86_400.0
"""Seconds for which a program may use the header, or write to a recording that it began over HTTP.
"""

AHEAD = 60.0
"""Seconds by which the clock of another machine may be ahead."""

PROGRAM_VISITOR = "*"
"""The value of ``who`` in the recording of a program that drives the app. The run stays one
recording, whoever the program logs in as.
"""


class Visit(msgspec.Struct, frozen=True):
    """The contents of the cookie.

    :param id: the recording's id, ``""`` for a session that is not recorded.
    :param started_ms: when it started, in milliseconds since 1970.
    :param seen: when the visitor was last seen, in seconds since 1970.
    :param capture: the id of the capture by hand that it is recorded for; ``""`` for none.
    :param who: a digest of the name of the recording's one person, ``""`` while no name is known;
        or :data:`PROGRAM_VISITOR`.
    :param previous: the visit of the person who used this browser before.
    :param fresh: whether the request came without a cookie. The cookie does not store this.
    :param consented: whether the visitor agreed to be recorded; always false while consent is not
        required.
    """

    id: str
    started_ms: int
    seen: int
    capture: str = ""
    who: str = ""
    previous: Visit | None = None
    fresh: bool = False
    consented: bool = False
