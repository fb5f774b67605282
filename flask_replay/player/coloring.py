"""The player in the host app's color, adjusted so that text is readable in the light and the dark
scheme.
"""

from __future__ import annotations

Rgb = tuple[float, float, float]

_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)
_NIGHT: Rgb = (25, 29, 37)
"""The surface of the dark scheme, the same as in ``replay.css``."""

_CONTRAST = 5.6
"""Contrast of the color with the surface. WCAG 2.2, 1.4.3 asks for 4.5; the tinted background takes
a part of it.
"""


def style(color: str) -> str:
    """Return the style sheet for a color.

    :param color: six hexadecimal digits.
    """
    chosen: Rgb = (int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16))
    day, night = _readable(chosen, _WHITE, _BLACK), _readable(chosen, _NIGHT, _WHITE)
    return (
        f":root{{{_rules(day, _mixed(_WHITE, day, 0.1), _WHITE)}}}"
        "@media (prefers-color-scheme: "
        f"dark){{:root{{{_rules(night, _mixed(_NIGHT, night, 0.12), _NIGHT)}}}}}"
    )


def _rules(accent: Rgb, wash: Rgb, on: Rgb) -> str:
    return f"--accent:{_hex(accent)};--on-accent:{_hex(on)};--wash:{_hex(wash)}"


def _readable(color: Rgb, surface: Rgb, towards: Rgb) -> Rgb:
    """Return the color that is closest to the given one and readable on a surface."""
    mixed = (_mixed(color, towards, step / 20) for step in range(21))
    return next((one for one in mixed if contrast(one, surface) >= _CONTRAST), towards)


def _mixed(one: Rgb, other: Rgb, part: float) -> Rgb:
    red, green, blue = (a + (b - a) * part for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colors, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Rgb) -> float:
    """Return the relative luminance of a color (WCAG 2.2)."""
    parts = (value / 255 for value in color)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(color: Rgb) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in color)
