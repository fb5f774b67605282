"""The headers that tell how a page uses a response. A recording keeps no other headers."""

from __future__ import annotations

REQUEST = (
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Purpose",
    "Referer",
    "X-Requested-With",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Trigger-Name",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-History-Restore-Request",
    "HX-Source",  # htmx 4
    "HX-Request-Type",  # htmx 4
    "Turbo-Frame",
    "X-Turbo-Request-Id",
    "X-Sec-Purpose",
    "X-Up-Version",
    "X-Up-Target",
    "X-Up-Fail-Target",
    "X-Up-Mode",
    "X-Up-Fail-Mode",
    "X-Up-Validate",
)
RESPONSE = (
    "HX-Retarget",
    "HX-Reswap",
    "HX-Reselect",
    "HX-Push-Url",
    "HX-Replace-Url",
    "HX-Redirect",
    "HX-Location",
    "HX-Refresh",
    "X-Up-Target",
    "X-Up-Location",
    "X-Up-Title",
    "X-Up-Accept-Layer",
    "X-Up-Dismiss-Layer",
)
ADDRESSES = frozenset(
    {
        "Referer",
        "HX-Current-URL",
        "HX-Push-Url",
        "HX-Replace-Url",
        "HX-Redirect",
        "HX-Location",
        "X-Up-Location",
    }
)
"""Headers that hold a URL, which may contain secrets."""

STREAM = "text/vnd.turbo-stream.html"
MAX_VALUE = 1000
"""Characters of a header that are kept. A longer address is dropped."""
