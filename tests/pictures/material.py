"""The files of a site, generated on demand: fonts, images, stylesheets. Correct ones are green."""

from __future__ import annotations

import gzip
import shutil
from io import BytesIO
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

GREEN, RED = (0, 128, 64), (204, 0, 0)
_GREEN, _RED = "rgb(0 128 64)", "rgb(204 0 0)"

ICON = 0xE001
"""The only glyph of the icon font, in Unicode's private use area."""

_ALPINE = Path(__file__).parents[2] / "node_modules" / "alpinejs" / "dist" / "cdn.min.js"
_WIDTH = "0061736d 01000000 01 05 01 60 00 01 7f 03 02 01 00 07 05 01 01 61 00 00 0a 06 01 04 00 41 2a 0b"
"""A module of WebAssembly whose function ``a`` returns 42."""

_SHEETS = {
    "green.css": f".box {{ background: {_GREEN} }}",
    "schemes.css": f":root {{ color-scheme: light dark }} .box {{ background: light-dark({_GREEN}, red) }}"
    "@media (prefers-color-scheme: dark) { .box { width: 90px } }",
    "print.css": f".box {{ background: {_RED} }}",
    "image.css": ".box { background: url(img/green.png) }",
    "sign.css": ".sign { background-image: url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E"
    "%3Crect width='90' height='90' fill='red'/%3E%3C/svg%3E\") }",
    "variable.css": ":root { --effect: url(effects.svg#flood) } .box { background: black; filter: var(--effect) }",
    "set.css": '.box { background: image-set("img/red.png" 3x, "img/green.png" 1x) }',
    "selecting.css": f"img[src$='.png'], img[ SRCSET*='/img/green' i ] {{ border: 20px solid {_GREEN} }}"
    f"iframe[src^='/inner']:not([src^='/replay']) {{ border: 30px solid {_GREEN} }}"
    f"[style~=background\\:] {{ outline: 9px solid {_GREEN} }} img:not([src^='/static']) {{ width: 50px }}",
    "loading.css": f"rect {{ fill: {_GREEN} }}",
    "based.css": f".box {{ background: {_GREEN}; height: 200px }}",
    "effect.css": ".box { background: black; filter: url(effects.svg#flood) }",
    "mask.css": f".box {{ background: {_GREEN}; mask: url('img/ring.svg') 0 0 / 200px 200px no-repeat }}",
    "font.css": "@font-face { font-family: Squares; src: url(font/squares.woff2) format('woff2') }"
    f".word {{ font: 100px Squares; color: {_GREEN} }}",
    "icons.css": "@font-face { font-family: Icons; src: url('/static/font/squares.woff2?v=4.7.0') }"
    f'.icon::before {{ content: "\\{ICON:x}"; font: 200px Icons; color: {_GREEN} }}',
    "beside.js": "const folder = document.currentScript.src.replace(/beside.*$/, '');"
    "document.body.append(Object.assign(document.createElement('img'), { src: `${folder}img/green.png` }))",
    "bundle/main.js": '(() => { var r = {}; r.u = (e) => "parts/" + e + "." + {7: "a1"}[e] + ".js";'
    "r.p = document.currentScript.src.replace(/[^/]+$/, ''); const part = document.createElement('script');"
    "part.src = r.p + r.u(7); document.head.append(part) })()",
    "bundle/parts/7.a1.js": "document.body.append(Object.assign(document.createElement('div'), { className: 'box',"
    f"style: 'background: {_GREEN}' }}))",
    "parts/relative.js": "const folder = 'img'; document.body.append(Object.assign(new Image(), { src: `../static/${folder}/green.png` }))",
    "paint.js": "registerPaint('green', class { paint(context, size) {"
    f" context.fillStyle = '{_GREEN}'; context.fillRect(0, 0, size.width, size.height) }} }})",
    "first.js": "const folder = document.querySelector('script').getAttribute('src').replace(/[^/]*$/, 'img');"
    "document.write(`<img src=${[folder, 'green.png'].join('/')}>`)",
    "signs.css": r".bg-\[url\(\'green\.png\'\)\] { background: url(img/green.png) }"
    r".md\:focus\:wide { width: 300px }",
    "asking.js": "const asked = new URL(document.currentScript.src).searchParams;"
    "document.write(`<img src=/static/img/green.svg height=120 width=${asked.get('width')}>`)",
    "outdated.css": f'@charset "iso-8859-1"; .box {{ background: {_GREEN} }} p::after {{ content: "\xe9" }}',
    "theme/grass.svg": f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90" style="background: {_GREEN}"/>',
    "part.html": f'<p style="background: {_GREEN}; height: 90px">part</p>',
    "island.js": "const points = JSON.parse(document.getElementById('data').textContent);"
    "for (const point of points) { const bar = "
    "document.body.appendChild(document.createElement('div'));"
    f"bar.style = `height: 40px; width: ${{point}}0px; background: {_GREEN}` }}",
    "modules/main.js": 'import { bar } from "./parts/bar.js"; '
    'document.getElementById("app").append(bar(9)); import("./parts/late.js");',
    "modules/parts/bar.js": 'import { colour } from "../colour.js"; export function bar(size) { const made ='
    ' document.createElement("div"); made.style = `height: 40px; width: ${size}0px; background: ${colour}`; return made }',
    "modules/picture.js": 'document.getElementById("image").src = new URL("../img/green.png", import.meta.url).href;',
    "modules/colour.js": f'export const colour = "{_GREEN}";',
    "modules/parts/late.js": 'import { bar } from "./bar.js"; document.getElementById("app").append(bar(14));',
    "theme/main.css": '@charset "utf-8"; @import "parts/inner.css"; .box { border: 4px solid black }',
    "theme/parts/inner.css": "@import url(../deep/deepest.css) screen;",
    "theme/deep/deepest.css": ".box { background: url( '../../img/green.png' ) }",
}


def make_site(folder: Path) -> None:
    """Write the static files of the site."""
    for name, text in _SHEETS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for name in ("img", "font"):
        (folder / name).mkdir(exist_ok=True)
    shutil.copy(_ALPINE, folder / "alpine.js")
    (folder / "img/green.png").write_bytes(square(GREEN))
    (folder / "img/red.png").write_bytes(square(RED))
    (folder / "img/green.svg").write_text(drawing(_GREEN), "utf-8")
    (folder / "img/light.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg"><style>svg {{ background: {_GREEN} }}'
        "@media (prefers-color-scheme: dark) { svg { background: red } }</style></svg>",
        "utf-8",
    )
    (folder / "img/ring.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
        '<circle cx="5" cy="5" r="3.5" fill="none" stroke="#000" stroke-width="2"/></svg>',
        "utf-8",
    )
    (folder / "sprite.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="star" viewBox="0 0 10 10">'
        '<path d="M5 0l1.5 3.5H10L7.3 6l1 4L5 7.6 1.7 10l1-4L0 3.5h3.5z" fill="currentColor"/></symbol></svg>',
        "utf-8",
    )
    (folder / "img/green.svgz").write_bytes(gzip.compress(drawing(_GREEN).encode()))
    (folder / "width.wasm").write_bytes(bytes.fromhex(_WIDTH))
    (folder / "parts").mkdir(exist_ok=True)
    (folder / "parts/photo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="photo" viewBox="0 0 10 10">'
        '<image href="../img/green.png" width="10" height="10"/></symbol></svg>',
        "utf-8",
    )
    (folder / "parts/styled.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg"><style>path {{ fill: {_GREEN} }} #box {{ stroke: black }}</style>'
        '<symbol id="box" viewBox="0 0 10 10"><path d="M0 0h9v9H0z"/></symbol></svg>',
        "utf-8",
    )
    (folder / "effects.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg"><linearGradient id="paint"><stop stop-color="{_GREEN}"/></linearGradient>'
        f'<filter id="flood" color-interpolation-filters="sRGB"><feFlood flood-color="{_GREEN}"/></filter></svg>',
        "utf-8",
    )
    (folder / "frame.html").write_text(
        '<!doctype html><link rel="stylesheet" href="green.css"><p style="height: 300px">Before</p>'
        '<p id="end" class="box">The end</p><p style="height: 150px">After</p>',
        "utf-8",
    )
    (folder / "img/loading.svg").write_text(
        '<?xml-stylesheet type="text/css" href="../loading.css"?>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><style>@import "../loading.css?a=1&amp;b";</style>'
        '<rect width="99" height="99" fill="red"/><image x="99" width="50" height="50" href="green.png"/>'
        f'<use width="50" height="50" x="150" color="{_GREEN}" href="../sprite.svg#star"/></svg>',
        "utf-8",
    )
    (folder / "note.txt").write_text(f"<b>{_GREEN}\n</b> & more", "utf-8")
    (folder / "page.xhtml").write_text(
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body style="background: {_GREEN}"><p/>Text</body></html>',
        "utf-8",
    )
    (folder / "based.html").write_text(
        '<!doctype html><base href="/static/"><link rel="stylesheet" href="based.css"><p class="box">Text</p>',
        "utf-8",
    )
    (folder / "font/squares.woff2").write_bytes(squares())


def deploy(folder: Path) -> None:
    """Change every file of the site, like a deployment a month later, and add one that was missing."""
    (folder / "img/late.png").write_bytes(square(RED))
    for path in folder.rglob("*.*"):
        if path.suffix == ".png":
            path.write_bytes(square(RED))
        elif path.suffix == ".wasm":
            path.write_bytes(bytes.fromhex(_WIDTH.replace("41 2a", "41 10")))
        elif path.suffix == ".svgz":
            path.write_bytes(gzip.compress(drawing(_RED).encode()))
        elif path.suffix == ".woff2":
            path.write_bytes(squares(height=100))
        else:
            path.write_text(
                path.read_text("utf-8").replace(_GREEN, _RED).replace("M5 0l", "M1 9l"), "utf-8"
            )


def square(colour: tuple[int, int, int]) -> bytes:
    """Return an image of one colour, 200 pixels wide and high."""
    file = BytesIO()
    Image.new("RGB", (200, 200), colour).save(file, "PNG")
    return file.getvalue()


def drawing(colour: str = _GREEN) -> str:
    """Return a drawing of the same size."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">'
        f'<rect width="200" height="200" fill="{colour}"/></svg>'
    )


def squares(height: int = 900) -> bytes:
    """Return a font in which every glyph is a filled rectangle.

    :param height: the height of the rectangle, in thousandths of the font size.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, height), (950, height), (950, 0)):
        pen.lineTo(point)
    pen.closePath()
    glyph = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    builder.setupCharacterMap(dict.fromkeys((*range(ord("a"), ord("z") + 1), ICON), "square"))
    builder.setupGlyf({".notdef": glyph, "square": glyph})
    builder.setupHorizontalMetrics({".notdef": (1000, 50), "square": (1000, 50)})
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=1000, sTypoDescender=0, usWinAscent=1000, usWinDescent=0)
    builder.setupPost()
    builder.font.flavor = "woff2"
    file = BytesIO()
    builder.save(file)
    return file.getvalue()
