"""Links that let in anyone who has them.

In each expression the second group is the secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .formats import Format

_GRANTING_LINK = (
    r"(?i)(/(?:[a-z]{1,20}[-_]){0,2}(?:"
    r"(?:(?:pw)?reset|magic|verify|verification|confirm|activate|activation|unsubscribe"
    r"|invites?|invitations?|recover|recovery|passwordless|one[-_]?time|private|hooks?|webhooks?|share|join|feeds?|ical|rsvp"
    r"|zuruecksetzen|bestaetigen|freischalten|einladung(?:en)?|einladen|r[ée]initialis(?:er|ation)"
    r"|confirm(?:er|ation|ar|acion)|activer|inviter|restablecer|recuperar|recuperacion|invitacion"
    r"|redefinir|ripristin[ao]|reimpost[ao]|conferma|invito|herstellen|bevestig(?:en|ing)|uitnodiging"
    r"|zaproszenie|potwierdz|pozvanka|bekraefta|inbjudan|invitasjon)"
    r"(?:[-_][a-z]{1,20}){0,2}(?:/[\w.@-]{1,64}){0,2}?[/?-](?:[\w-]{1,20}=)?"
    r"|(?:passwords?|passwd|log-?in|sign-?in|auth)"
    r"(?:/(?:edit|new|set|change|create|update|callback|token|link|email|code)){0,2}/))"
    r"([\w-]{12,512})(?![\w-]|\.(?!(?:ics|xml|rss|atom|json)\b))"
)

_KEY_OF_LINK = r"([?&]key=)([\w-]{20,256})(?=[&#\s'\"<>)]|\Z)"

KEY_OF_LINK = Format(_KEY_OF_LINK, "?key=", "&key=")
"""A random key that a service takes in the address."""

_SHARED_LINK = (
    r"(/(?:s|d|f|i|sh|sl|link|shared|(?:p|r)(?=/[\w-]{0,128}\d)"
    r"(?!/(?:[\w-]{0,128}-)?[A-Za-z]{3,24}(?![^\W_])))/)"
    r"((?=[\w-]{0,128}[A-Z])(?=[\w-]{0,128}[a-z])[\w-]{15,128})(?![\w-]|\.\w)"
)
SHARED_LINK = Format(_SHARED_LINK, "/s/", "/d/", "/f/", "/i/", "/sh/", "/sl/", "/link/", "/shared/",
    "/p/", "/r/")  # fmt: skip
"""A link to a file or page that its owner has shared, whose name is large and small letters. After
``/p/`` and ``/r/``, a name with a word between hyphens is that of a product or a post.
"""

SECRET_LINK = Format(
    _GRANTING_LINK, "reset", "magic", "verif", "confirm", "activat", "invit", "unsubscribe",
    "recover", "passwordless", "onetime", "one-time", "one_time", "private", "hook", "share",
    "join", "feed", "ical", "/auth", "passw", "login", "log-in", "signin", "sign-in", "rsvp",
    "zuruecks", "bestaet", "freischalt", "einlad", "initialis", "restablecer", "recupera",
    "redefinir", "ripristin",
    "reimpost", "conferma", "herstellen", "bevestig", "uitnodig", "zaprosz", "potwierdz",
    "pozvanka",
    "bekraefta", "inbjudan",
)  # fmt: skip
"""A link that grants access to anyone who has it."""

SECRET_LINKS = (SECRET_LINK, KEY_OF_LINK, SHARED_LINK)

PHRASES_OF_LINKS = (
    "?key=", "&key=", "/reset", "pwreset", "/magic", "verify", "/confirm", "/activat", "/invit",
    "unsubscribe", "/recover", "passwordless", "/onetime", "/one-time", "/one_time", "/private",
    "/share", "/join", "/feed", "/ical",
    "/auth/", "/login/", "/signin/", "/sign-in/", "/log-in/", "/hook", "/webhook", "/s/", "/d/",
    "/f/", "/i/", "/sh/", "/sl/", "/link/", "/p/", "/r/", "/rsvp", "zuruecksetzen/",
    "bestaetigen/", "freischalten/", "/einlad", "initialis", "/restablecer", "/recupera",
    "/redefinir", "/ripristin", "/reimpost", "/conferma", "herstellen/", "/bevestig",
    "/uitnodig", "/zapros", "/potwierdz", "/pozvanka", "/bekraefta", "/inbjudan",
)  # fmt: skip
"""Texts of which each such link contains one. They are longer than the signs, because a search for
all of them runs over every text.
"""

_SHARED = re.compile(rb"(?=[\w-]{0,128}[A-Z])(?=[\w-]{0,128}\d)[\w-]{15}")
"""How what follows in a link to what is shared begins."""


def ends_of_phrases(data: bytes, found: Iterable[tuple[int, int, int]]) -> Iterator[int]:
    """Yield where phrases end in data, except ``/p/`` and its like in links such as
    ``/p/summer-dress``: a page of a shop or a blog has hundreds of these.

    :param found: of each phrase its number, its start and its end.
    """
    for _, start, end in found:
        if end - start > len("/p/") or not data.startswith(b"/", start) or _SHARED.match(data, end):
            yield end
