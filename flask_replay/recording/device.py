"""The device of a visitor, as far as browsers report it in ordinary requests: kind of device,
browser, system, language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import msgspec

from .batch import Batch
from .facets import Facets

if TYPE_CHECKING:
    from ua_parser import Parser, PartialResult

NO_FACETS = Facets()

DEVICE = (
    "User-Agent",
    "Accept-Language",
    "Sec-CH-UA",
    "Sec-CH-UA-Mobile",
    "Sec-CH-UA-Platform",
    "Sec-CH-UA-Platform-Version",
    "Sec-CH-UA-Model",
    "Sec-CH-UA-Form-Factors",
    "Sec-CH-Viewport-Width",
    "Viewport-Width",
    "Sec-CH-Viewport-Height",
    "Sec-CH-Prefers-Color-Scheme",
    "Sec-CH-Prefers-Reduced-Motion",
    "Sec-CH-Prefers-Reduced-Transparency",
)
"""Headers that describe the device, kept only for requests for pages (User-Agent Client Hints,
Responsive Image Client Hints, User Preference Media Features Client Hints).
"""

PHONE, TABLET, DESKTOP = "phone", "tablet", "desktop"

SIZES = {PHONE: (390, 844), TABLET: (820, 1180), DESKTOP: (1280, 800)}
"""Width and height, in CSS pixels, of a typical window on each kind of device."""

_LONGEST = 300
"""Characters of a header that are read. Real browsers send fewer, and the user agent parser tries
hundreds of expressions.
"""

_LARGEST = 10_000
"""CSS pixels. A header with a larger number is ignored."""

_TABLETS = re.compile(
    r"\biPad\b|\bTablet\b|\bPlayBook\b|\bSilk/(?!.*Mobile)|\bKindle\b|\bAndroid\b(?!.*\bMobile\b)"
)
_PHONES = re.compile(r"\bMobile\b|\biPhone\b|\biPod\b|\bWindows Phone\b|\bOpera Mini\b")
_FACTORS = {"Mobile": PHONE, "Tablet": TABLET, "Desktop": DESKTOP}
"""Values of ``Sec-CH-UA-Form-Factors``. Other values name devices of a desktop's size, or come
along with one of these.
"""

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*")
_BRAND = re.compile(r'"([^"]*)"\s*;\s*v="(\d+)')
_NO_BRANDS = re.compile(
    r"Chromium|Google Chrome|HeadlessChrome|Android WebView|.*\bNot\b.*\bBrand", re.IGNORECASE
)
"""Names in ``Sec-CH-UA`` that are not the browser's own: its engine, and the random entry that
keeps servers from relying on the list.
"""

_KINDS_OF_BROWSERS = re.compile(r" (?:Mobile|Mobile WebView|iOS|UI/WKWebView)\b|^Mobile |^Headless")
_FROZEN = frozenset({"Windows", "Mac OS X", "Chrome OS"})
"""Systems for which browsers always report the same version."""
_NAMES = {"Mac OS X": "macOS", "Chrome Mobile": "Chrome", "HeadlessChrome": "Chrome"}


class Device(msgspec.Struct, frozen=True):
    """The device of a visitor. Fields that no header reported are empty.

    :ivar kind: ``"phone"``, ``"tablet"`` or ``"desktop"``.
    :ivar browser: name and main version.
    :ivar language: the language that the visitor prefers, ``"de-CH"``.
    :ivar width: width of the window, in CSS pixels.
    :ivar exact: the browser reported the width; otherwise it is typical for the kind of device.
    :ivar scheme: ``"light"`` or ``"dark"``, as the visitor prefers; light if the browser does not
        report it.
    :ivar still: the visitor prefers reduced motion.
    :ivar plain: the visitor prefers reduced transparency.
    """

    kind: str = DESKTOP
    browser: str = ""
    system: str = ""
    language: str = ""
    width: int = SIZES[DESKTOP][0]
    height: int = SIZES[DESKTOP][1]
    exact: bool = False
    scheme: str = "light"
    still: bool = False
    plain: bool = False

    @property
    def facts(self) -> list[str]:
        """Return a short description for people, or an empty list if nothing is known."""
        names = " on ".join(filter(None, (self.browser, self.system)))
        return [fact for fact in (names, self.kind, self.language) if fact] if names else []

    @property
    def has_touch_screen(self) -> bool:
        """Whether the device has a touch screen: its pointer is coarse and cannot hover."""
        return self.kind != DESKTOP


def device_of(batches: Iterable[Batch], known: Facets = NO_FACETS) -> Device:
    """Return the device of a recording. Each field comes from the first request that reports it.

    :param known: the facets of the recording. They name browser and system, which a process needs a
        second to find out the first time.
    """
    return described_device(headers_of(batches), known)


def headers_of(batches: Iterable[Batch]) -> dict[str, str]:
    """Return the headers of a recording that describe the device, each from the first request that
    has it.
    """
    headers: dict[str, str] = {}
    names = frozenset(DEVICE)
    for batch in batches:
        request = batch.request  # a property that searches the events, so it is read once
        if request is not None:
            for name in names.intersection(request.request_headers):
                headers.setdefault(name, request.request_headers[name])
    return headers


def described_device(headers: Mapping[str, str], known: Facets = NO_FACETS) -> Device:
    """Return the device that request headers describe.

    :param known: facets of the same requests, if there are any.
    """
    names = (known.browser, known.system) if known.device else None
    return _described_device(tuple(headers.get(name, "")[:_LONGEST] for name in DEVICE), names)


@lru_cache(maxsize=256)
def _described_device(values: tuple[str, ...], names: tuple[str, str] | None) -> Device:
    headers = dict(zip(DEVICE, values, strict=True))
    agent = headers.get("User-Agent", "")
    kind = _kind(headers, agent)
    browser, system = _names(agent) if names is None else names
    width, height = SIZES[kind]
    reported = _pixels(headers["Sec-CH-Viewport-Width"] or headers["Viewport-Width"])
    return Device(
        kind=kind,
        browser=_brand(headers.get("Sec-CH-UA", "")) or browser,
        system=_system(headers) or system,
        language=_language(headers["Accept-Language"]),
        width=reported or width,
        height=_pixels(headers.get("Sec-CH-Viewport-Height")) or height,
        exact=reported > 0,
        scheme="dark" if _word(headers, "Sec-CH-Prefers-Color-Scheme") == "dark" else "light",
        still=_word(headers, "Sec-CH-Prefers-Reduced-Motion") == "reduce",
        plain=_word(headers, "Sec-CH-Prefers-Reduced-Transparency") == "reduce",
    )


def languages_of(accepted: str) -> list[str]:
    """Return the languages in ``Accept-Language``, in the order in which browsers list them."""
    names = (item.partition(";")[0].strip() for item in accepted[:_LONGEST].split(","))
    return [name for name in names if _LANGUAGE.fullmatch(name) and name != "*"]


def _language(accepted: str) -> str:
    """Return the language with the highest weight in ``Accept-Language`` (RFC 9110, section
    12.5.4), or ``""`` if it names none.
    """
    found: list[tuple[float, str]] = []
    for item in accepted.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = next((part[2:] for part in parameters if part.lower().startswith("q=")), "1")
        if _LANGUAGE.fullmatch(name) and re.fullmatch(r"[01](\.\d{0,3})?", weight):
            found.append((float(weight), name))
    # of equal weights, the first counts; the wildcard is the last resort
    best = max(found, key=lambda one: (one[1] != "*", one[0]), default=(0.0, ""))
    return best[1] if best[0] > 0 else ""


def _kind(headers: Mapping[str, str], agent: str) -> str:
    factors = re.findall(r'"([^"]*)"', headers.get("Sec-CH-UA-Form-Factors", ""))
    kind = next((_FACTORS[factor] for factor in factors if factor in _FACTORS), None)
    if kind is not None:
        return kind
    if headers.get("Sec-CH-UA-Mobile", "").strip() == "?1":
        return PHONE
    return TABLET if _TABLETS.search(agent) else PHONE if _PHONES.search(agent) else DESKTOP


@lru_cache(maxsize=256)
def _names(agent: str) -> tuple[str, str]:
    """Return the names of browser and system with their versions, as far as the user agent names
    them.
    """
    browser = system = ""
    if not agent:  # the parser would compile a thousand expressions to find nothing
        return browser, system
    found = _parsed(agent)
    if found.user_agent is not None:
        name = _KINDS_OF_BROWSERS.sub("", found.user_agent.family)
        browser = f"{name} {found.user_agent.major or ''}".strip()
    if found.os is not None:
        version = "" if found.os.family in _FROZEN or _is_frozen(agent) else found.os.major or ""
        system = f"{_NAMES.get(found.os.family, found.os.family)} {version}".strip()
    return browser, system


def _parsed(agent: str) -> PartialResult:
    """Parse a user agent. The library is imported for the first one, because most commands meet
    none.
    """
    from ua_parser import Domain

    return _parser()(agent, Domain.USER_AGENT | Domain.OS)


@cache
def _parser() -> Parser:
    """Return a parser that compiles each of its expressions when it first tries it. A process that
    sees only common browsers needs few of them.
    """
    from ua_parser import Parser
    from ua_parser.basic import Resolver
    from ua_parser.loaders import load_lazy_builtins

    return Parser(Resolver(load_lazy_builtins()))


def _is_frozen(agent: str) -> bool:
    """Whether the user agent has the fixed text that Chromium sends on every Android (User-Agent
    reduction).
    """
    return "Android 10; K)" in agent


def _brand(brands: str) -> str:
    """Return the browser's own name and version, or ``""`` if it has none beside those that its
    user agent contains, too.
    """
    return next(
        (
            f"{name} {version}"
            for name, version in _BRAND.findall(brands)
            if not _NO_BRANDS.match(name)
        ),
        "",
    )


def _system(headers: Mapping[str, str]) -> str:
    name = _word(headers, "Sec-CH-UA-Platform")
    major = _word(headers, "Sec-CH-UA-Platform-Version").partition(".")[0]
    if not name or not major.isdecimal() or name == "Unknown":
        return ""
    if name == "Windows":  # its version numbers differ from the names of its versions
        return "Windows 11" if int(major) >= 13 else "Windows 10" if int(major) > 0 else "Windows"
    return f"{name} {int(major)}"


def _word(headers: Mapping[str, str], name: str) -> str:
    """Return the text of a structured header (RFC 9651, section 3.3), ``""`` if it is missing."""
    return headers.get(name, "").strip().strip('"')


def _pixels(written: str | None) -> int:
    """Return a number of pixels, 0 if the header has none that a window can have."""
    number = int(written) if written and written.isdecimal() and len(written) < 6 else 0
    return number if number <= _LARGEST else 0
