"""Kinds of content, one page each. A correct page has a large green part, so that mistakes are
visible.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

STYLE = "body { margin: 0 } .box { width: 200px; height: 200px } p { font: 20px sans-serif; margin: 10px }"


@dataclass(frozen=True)
class Kind:
    """A kind of content.

    :ivar head: a template for the page's head.
    :ivar body: a template for its body.
    :ivar page: a template for the whole page, in place of both.
    :ivar mimetype: the type of the page.
    :ivar headers: of the response with the page.
    :ivar visitor: options for the visitor's browser.
    :ivar viewer: options for the viewer's browser, if they differ.
    :ivar scripts: the page is nothing without its scripts; the viewer lets them run.
    """

    head: str = ""
    body: str = '<div class="box"></div>'
    page: str = ""
    mimetype: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    visitor: dict[str, Any] = field(default_factory=dict)
    viewer: dict[str, Any] = field(default_factory=dict)
    scripts: bool = False


BOX = '<div class="box" style="background: rgb(0 128 64)">{}</div>'
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 1,
}

KINDS = {
    "stylesheet": Kind(
        "<link rel=\"stylesheet\" href=\"{{ url_for('static', filename='green.css') }}\">"
    ),
    "background image": Kind('<link rel="stylesheet" href="/static/image.css?v=3">'),
    "image set": Kind('<link rel="stylesheet" href="/static/set.css">'),
    "nested imports": Kind('<link rel="stylesheet" href="/static/theme/main.css">'),
    "sheet for print": Kind(
        '<link rel="stylesheet" href="/static/green.css"><link rel="stylesheet" media="print" href="/static/print.css">'
    ),
    "inline style": Kind(
        body='<div class="box" style="background: url(\'/static/img/green.png\')"></div>'
    ),
    "own base": Kind('<base href="/static/theme/"><link rel="stylesheet" href="main.css">'),
    "own base without a scheme": Kind(
        '<base href="//{{ request.host }}/static/"><link rel="stylesheet" href="theme/main.css">',
        '<div class="box"></div><img src="img/green.png" alt="a">',
    ),
    "source set": Kind(
        body='<img src="/static/img/red.png" srcset="/static/img/green.png 640w, /static/img/red.png 2000w"'
        ' sizes="100vw" width="200" height="200">'
    ),
    "picture": Kind(
        body='<picture><source media="(min-width: 2000px)" srcset="/static/img/red.png">'
        '<source type="image/svg+xml" srcset="/static/img/green.svg"><img src="/static/img/red.png"></picture>'
    ),
    "lazy image": Kind(
        body='<img loading="lazy" src="/static/img/green.png" width="200" height="200">'
    ),
    "lazy image of a width": Kind(
        body='<img loading="lazy" sizes="auto" width="200" height="200"'
        ' srcset="/static/img/green.png 250w, /static/img/red.png 4000w">'
    ),
    "drawn image": Kind(body="<img src=\"/chart.svg?points={{ points|join(',') }}\">"),
    "image from a view": Kind(body="<img src=\"{{ url_for('chart', kind='png') }}\">"),
    "no script": Kind(
        "<noscript><style>.box { background: red !important }</style></noscript>",
        "<noscript><h1>Please turn on JavaScript</h1></noscript>" + BOX.format(""),
    ),
    "icon and manifest": Kind(
        '<link rel="icon" href="/static/img/red.png"><link rel="manifest" href="/static/missing.webmanifest">'
        '<meta name="theme-color" content="red">',
        BOX.format(""),
    ),
    "declared shadow": Kind(
        body='<div><template shadowrootmode="open"><style>i { display: block; background: rgb(0 128 64);'
        " width: 200px; height: 200px }</style><i></i><slot></slot></template><p>{{ points "
        "}}</p></div>"
    ),
    "empty canvas": Kind(
        "<style>canvas { background: rgb(0 128 64) } #wide { width: 400px }</style>",
        '<canvas width="100" height="60px">no scripts</canvas>a<canvas>no scripts</canvas>b'
        '<canvas id="wide" width="20" height="10"><p>no scripts</p></canvas>c',
    ),
    "phone": Kind(
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>.box { background: red } @media (max-width: 400px) { .box { background: rgb(0 128 "
        "64) } }</style>",
        visitor=PHONE,
    ),
    "poster": Kind(body='<video poster="/static/img/green.png" width="200" height="200"></video>'),
    "preloaded sheet": Kind(
        '<link rel="preload" as="style" href="/static/green.css" onload="this.onload=null;this.rel=\'stylesheet\'">'
        '<noscript><link rel="stylesheet" href="/static/print.css"></noscript>'
    ),
    "sheet that was for print": Kind(
        '<link rel="stylesheet" href="/static/green.css" media="print" onload="this.media=\'all\'">'
    ),
    "cloak": Kind(
        "<style>[x-cloak] { display: none }</style>",
        '<div x-data x-cloak class="box" style="background: rgb(0 128 64)"></div>'
        "<script>document.querySelectorAll('[x-cloak]').forEach(e => "
        "e.removeAttribute('x-cloak'))</script>",
    ),
    "page that waits for its script": Kind(
        "<style>body { visibility: hidden } body.ready { visibility: visible }</style>",
        BOX.format("") + "<script>document.body.className = 'ready'</script>",
    ),
    "image that waits for its script": Kind(
        body='<img class="lazyload" data-src="/static/img/green.png" width="200" height="200">'
        "<script>document.querySelectorAll('img').forEach((image) => { image.src = "
        "image.dataset.src })</script>"
    ),
    "web font": Kind('<link rel="stylesheet" href="/static/font.css">', '<p class="word">word</p>'),
    "icon font": Kind('<link rel="stylesheet" href="/static/icons.css">', '<i class="icon"></i>'),
    "sprite": Kind(
        body='<svg width="200" height="200" style="color: rgb(0 128 64)"><use href="/static/sprite.svg#star"/></svg>'
    ),
    "last of its siblings": Kind(
        "<style>body > :last-child { background: rgb(0 128 64); height: 100px }</style>",
        '<svg width="200" height="100" color="blue"><use href="/static/sprite.svg#star"/></svg>',
    ),
    "whole drawing": Kind(
        body='<svg width="200" height="200"><use href="/static/img/green.svg"/></svg>'
    ),
    "mask": Kind('<link rel="stylesheet" href="/static/mask.css">'),
    "image of no type": Kind(body='<img src="/image/200">'),
    "image of an error": Kind(body='<img src="/image/404">'),
    "sheet with crossorigin": Kind('<link rel="stylesheet" crossorigin href="/static/green.css">'),
    "sheet with integrity": Kind(
        '<link rel="stylesheet" crossorigin="anonymous" integrity="{{ integrity(\'green.css\') }}" href="/static/green.css">'
    ),
    "sheet with an outdated digest": Kind(
        '<link rel="stylesheet" href="/static/green.css"><link rel="stylesheet" href="/static/print.css"'
        " integrity=\"sha256-{{ 'A' * 43 }}=\">"
    ),
    "frame of the app": Kind(
        body='<iframe src="/inner?colour=green" width="300" height="250" style="border: 0"></iframe>'
    ),
    "image behind a login": Kind(body='<img src="/avatar">'),
    "dark": Kind(
        '<meta name="color-scheme" content="light dark">'
        "<style>@media (prefers-color-scheme: dark) { .box { background: rgb(0 128 64) } }</style>",
        visitor={
            "color_scheme": "dark",
            "extra_http_headers": {"Sec-CH-Prefers-Color-Scheme": '"dark"'},
        },
        viewer={"color_scheme": "light"},
    ),
    "light": Kind(
        '<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/static/schemes.css">',
        viewer={"color_scheme": "dark"},
    ),
    "drawing of a scheme": Kind(
        body='<img src="/static/img/light.svg" width="200" height="200">',
        viewer={"color_scheme": "dark"},
    ),
    "object": Kind(
        body='<object type="image/svg+xml" data="/static/img/green.svg" width="200" height="200"></object>'
    ),
    "frame without a doctype": Kind(
        body='<iframe src="/old?colour=green" width="300" height="250" style="border: 0"></iframe>'
    ),
    "frame of a static page": Kind(
        body='<iframe src="/static/frame.html#end" width="300" height="250"></iframe>'
    ),
    "frame of an image": Kind(body='<iframe src="/static/img/green.png" height="250"></iframe>'),
    "image of two types": Kind(
        body='<img src="/image/200" width="50"><iframe src="/static/img/green.png" height="250"></iframe>'
    ),
    "frame that redirects": Kind(body='<iframe src="/moved/frame" height="250"></iframe>'),
    "sheet that moved": Kind('<link rel="stylesheet" href="/moved/sheet">'),
    "objects with images": Kind(
        body='<object data="/static/img/green.png" width="90" height="90"></object><embed src="/static/img/green.png">'
    ),
    "object with a page": Kind(
        body='<object data="/inner?colour=green" type="text/html" width="300" height="250"></object>'
    ),
    "set of frames": Kind(
        page='<html><title>{{ title }}</title><frameset cols="50%,*"><frame src="/old?colour=a">'
        '<frame src="/inner?colour=b"></frameset></html>'
    ),
    "page without a doctype": Kind(
        page=f"<style>.Box {{ width: 200; height: 200; background: rgb(0 128 64) }} {STYLE}</style>"
        '<table><tr><td class="box">{{ title }}</table>'
    ),
    "page of XHTML": Kind(
        page='<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>XHTML</title>'
        '<link rel="stylesheet" href="/static/green.css" /></head><body><script src="/none.js"/>'
        '<div class="box" style="width: 200px; height: 200px"/><p>{{ title }}<br/></p></body></html>',
        mimetype="application/xhtml+xml",
    ),
    "page without tags of its own": Kind(
        page='<p style="height: 200px; background: rgb(0 128 64)">{{ title }}'
    ),
    "effect of a drawing": Kind('<link rel="stylesheet" href="/static/effect.css">'),
    "effect in a drawing": Kind(
        body='<svg width="200" height="200"><rect width="100" height="200" fill="url(/static/effects.svg#paint)"/>'
        '<rect x="100" width="100" height="200" filter="url(/static/effects.svg#flood)"/></svg>'
    ),
    "import in the page": Kind("<style>@import '/static/green.css' layer(a) screen;</style>"),
    "image of a density": Kind(
        body='<img srcset="/static/img/green.png 1x,/static/img/red.png 2x" src="/static/img/red.png">'
    ),
    "field with the focus": Kind(
        "<style>input:focus { outline: 90px solid rgb(0 128 64); margin: 100px }"
        " form:focus-within { background: #ddd }</style>",
        '<form><input autofocus value="a"></form><p>text</p>',
    ),
    "field with the focus beside scripts": Kind(
        body=BOX.format("") + '<input autofocus disabled value="a"><input autofocus value="b">'
        "<script>document.body.append('text')</script>",
        scripts=True,
    ),
    "field to which a script moves the focus": Kind(
        body=BOX.format("") + '<input autofocus value="a"><button id="b">Go</button>'
        "<script>addEventListener('load', () => b.focus())</script>",
        scripts=True,
    ),
    "button with the focus": Kind(body=BOX.format("") + "<button autofocus>Go</button>"),
    "frame in the page": Kind(
        body='<iframe srcdoc="&lt;body style=&quot;background: rgb(0 128 64)&quot;&gt;Hello" style="border: 0"></iframe>'
    ),
    "policy of a framework": Kind(
        '<link rel="stylesheet" href="/static/green.css"><link rel="stylesheet" href="/static/sign.css">',
        '<img src="/static/img/green.png"><div class="box sign" style="border: 9px solid red">text</div>'
        "<style>.box { width: 90px }</style>"
        '<img alt="a" width="50" height="50" src="data:image/svg+xml,%3Csvg xmlns=\'http://www.w3.org/2000/svg\'/%3E">',
        headers={"Content-Security-Policy": "default-src 'self'; object-src 'none'"},
    ),
    "policy with a nonce": Kind(
        '<style nonce="{{ csp_nonce }}">div { height: 200px; background: url(/static/img/green.png) }</style>'
        "<style>div { border: 9px solid red }</style>"
        '<link rel="stylesheet" href="/static/print.css">',
        headers={"Content-Security-Policy": "style-src 'nonce-{csp_nonce}'"},
    ),
    "policy of images and fonts": Kind(
        '<link rel="stylesheet" href="/static/font.css"><link rel="stylesheet" href="/static/image.css">',
        BOX.format("") + '<p class="word">word</p><img alt="a" src="/static/img/red.png">'
        '<object data="/static/img/red.png">not loaded</object>',
        headers={
            "Content-Security-Policy": "img-src 'none'; font-src cdn.example; object-src 'none'"
        },
    ),
    "policy of the page": Kind(
        "<style>.box { color: white }</style>"
        '<meta http-equiv="Content-Security-Policy" content="style-src \'self\'; img-src data:">'
        '<style>.box { background: red }</style><link rel="stylesheet" href="/static/green.css">',
        '<div class="box">text</div><img src="/static/img/red.png" alt="a">'
        '<img src="/static/img/red.png" alt="gone" onerror="this.remove()">',
    ),
    "policy in the body": Kind(
        body='<meta http-equiv="Content-Security-Policy" content="img-src \'none\'"><img src="/static/img/green.png">'
    ),
    "language of a header": Kind(
        page="<!doctype html><style>"
        + STYLE
        + ":lang(de) .box { background: rgb(0 128 64) }</style>"
        '<div class="box"></div><q>{{ title }}</q>',
        headers={"Content-Language": "de"},
    ),
    "frame that refuses frames": Kind(
        body=BOX.format("") + '<iframe src="/refuses/X-Frame-Options"></iframe>'
        '<iframe src="/refuses/Content-Security-Policy"></iframe>'
    ),
    "image tag of old pages": Kind(body='<image src="/static/img/green.png" alt="a">'),
    "compressed drawing": Kind(body='<img src="/static/img/green.svgz" alt="a">'),
    "effect in a variable": Kind('<link rel="stylesheet" href="/static/variable.css">'),
    "image in a sprite": Kind(
        body='<svg width="200" height="200"><use href="/static/parts/photo.svg#photo"/></svg>'
    ),
    "part of the page itself": Kind(
        body='<svg width="200" height="200"><defs><rect id="r" width="200" height="200" fill="rgb(0 128 64)"/></defs>'
        '<use href="{{ request.url }}#r"/></svg>'
    ),
    "frame of data": Kind(
        body='<iframe src="data:text/html,<!doctype html><body style=background:rgb(0,128,64)>%C3%A9"></iframe>'
    ),
    "links to other windows": Kind(
        "<style>a { font-size: 100px; color: rgb(0 128 64) } a[target=_blank]::after { content: '!' }</style>",
        '<a href="/a" target="_blank">a</a><a href="/b">b</a><a href="/c" target="_self">c</a>'
        '<a href="/d" target="other">d</a>',
    ),
    "image that moved nearby": Kind(body='<img src="/moved/nearby" alt="a">'),
    "sheet in another charset": Kind('<link rel="stylesheet" href="/latin.css">'),
    "sheet with an outdated charset": Kind('<link rel="stylesheet" href="/static/outdated.css">'),
    "image of a wrong type": Kind(body='<img src="/image/415" alt="a">'),
    "image that was missing": Kind(
        body='<img src="/static/img/late.png" alt="missing" width="150" height="50"><img src="/gone.png" alt="gone">'
        + BOX.format("")
    ),
    "image with a fallback": Kind(
        body='<img src="/static/img/late.png" onerror="this.onerror=null;this.src=\'/static/img/green.png\'">'
    ),
    "image that hides itself": Kind(
        body='<img src="/static/img/late.png" alt="missing" onerror="this.style.display=\'none\'">'
        '<img src="/gone.png" alt="gone" onerror="this.remove()">' + BOX.format("")
    ),
    "selected by its address": Kind(
        '<link rel="stylesheet" href="/static/selecting.css">',
        '<img src="/static/img/green.png" alt="a"><img srcset="/static/img/green.svg 1x" alt="a">'
        '<iframe src="/inner?colour=green"></iframe>'
        '<p style="background: url(/static/img/green.png)">text</p>',
    ),
    "base on another host": Kind(
        '<base href="https://cdn.example/library/"><link rel="stylesheet" href="{{ request.host_url }}static/green.css">',
        '<div class="box"></div><img src="{{ request.host_url }}static/img/green.png" alt="a">',
    ),
    "object that was missing": Kind(
        body='<object data="/gone.png" type="image/png">' + BOX.format("instead") + "</object>"
    ),
    "frame of a page with a base": Kind(body='<iframe src="/static/based.html"></iframe>'),
    "frame of a page in a folder": Kind(
        '<base href="/static/">', '<iframe src="based.html"></iframe><img src="img/green.png">'
    ),
    "sprite with styles": Kind(
        body='<svg width="200" height="200"><use href="/static/parts/styled.svg#box"/></svg>'
        '<svg width="50" height="50"><path d="M0 0h50v50z"/></svg>'
    ),
    "drawing that loads files": Kind(
        body='<object data="/static/img/loading.svg"></object><iframe src="/static/img/loading.svg"></iframe>'
        '<embed src="/static/img/loading.svg">'
    ),
    "frames of other files": Kind(
        body=BOX.format("") + '<iframe src="/static/note.txt"></iframe>'
        '<iframe src="/static/page.xhtml"></iframe>'
    ),
    "images whose names have letters": Kind(
        body='<img src="/named/grün und blau.png" alt="a"><img src="/named/a%C3%A9.png?of=ü b" alt="a">'
        '<img src="/named/a\'b.png?of=\'c\'" alt="a">'
    ),
    "page of text": Kind(page="{{ title }} <b>\nof two lines", mimetype="text/plain"),
    "page of an image": Kind(mimetype="image/png"),
    "page of a drawing": Kind(mimetype="image/svg+xml"),
    "frame of text": Kind(body=BOX.format("") + '<iframe src="/text"></iframe>'),
    "made by a script": Kind(
        body='<div id="list" data-points="{{ points|join(\' \') }}"></div><script>document.getElementById("list").innerHTML'
        ' = document.getElementById("list").dataset.points.split(" ").map((p) => `<div style="height: 40px; width:'
        ' ${p}0px; background: rgb(0 128 64)"></div>`).join("")</script>',
        scripts=True,
    ),
    "frames beside scripts": Kind(
        body='<iframe src="/inner?colour=green" width="220" height="220"></iframe><iframe src="/static/frame.html#end"></iframe>'
        '<object data="/static/img/green.svg" width="99"></object><script>document.body.append("text")</script>',
        scripts=True,
    ),
    "script that asks for the device": Kind(
        '<meta name="viewport" content="width=device-width">',
        '<div class="box" id="box"></div><script>if (/iPhone/.test(navigator.userAgent) && navigator.maxTouchPoints)'
        ' box.style.background = "rgb(0 128 64)"; box.textContent = navigator.languages;'
        " box.append(new Date(2024, 2, 5).toLocaleDateString(), (1234.5).toLocaleString(), new Intl.ListFormat().format('ab'))</script>",
        visitor={
            **PHONE,
            "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
            "locale": "fr-CH",
        },
        viewer={
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "has_touch": False,
            "locale": "en-US",
        },
        scripts=True,
    ),
    "scripts that a policy refused": Kind(
        body='<div class="box" id="a"></div><div class="box" id="b" style="background: rgb(0 128 64)"></div>'
        '<script nonce="{{ csp_nonce }}">a.style.background = "rgb(0 128 64)";'
        " new Function('a.style.background = \"red\"')()</script>"
        '<script>b.style.background = "red"</script><script src="data:,b.style.background=`red`"></script>',
        headers={"Content-Security-Policy": "script-src 'nonce-{csp_nonce}' 'strict-dynamic'"},
        scripts=True,
    ),
    "policy without scripts": Kind(
        body=BOX.format("") + '<script src="/static/island.js"></script>',
        headers={"Content-Security-Policy": "script-src 'none'"},
        scripts=True,
    ),
    "script in its address": Kind(
        body='<script defer src="data:text/javascript;base64,'
        f'{b64encode(b"document.body.style.background = `rgb(0 128 64)`").decode()}"></script>',
        scripts=True,
    ),
    "script of a file": Kind(
        body='<div id="app"></div><script type="application/json" id="data">{{ points|tojson }}</script>'
        '<script src="/static/island.js" type="module"></script>',
        scripts=True,
    ),
    "modules": Kind(
        body='<div id="app"></div><script type="importmap">{"imports": {"bars": "/static/modules/parts/bar.js"}}</script>'
        '<script type="module">import { bar } from "bars"; import "/static/modules/main.js?v=2";'
        ' document.getElementById("app").append(bar(4))</script>',
        scripts=True,
    ),
    "modules behind a prefix": Kind(
        body='<div id="app"></div><script type="importmap">{"imports": {"parts/": "./../static/modules/parts/"}}</script>'
        '<script type="module">import { bar } from "parts/bar.js"; document.getElementById("app").append(bar(8));'
        ' import(`/static/modules/parts/${"late"}.js`)</script>',
        scripts=True,
    ),
    "files whose names a script composes": Kind(
        body='<div id="app" data-island="bar"></div><img id="image"><script type="module">const name = app.dataset.island;'
        " const { bar } = await import(`/static/modules/parts/${name}.js`); app.append(bar(7));"
        " const made = 'grass'; image.src = '/static/theme/' + made + '.svg'</script>",
        scripts=True,
    ),
    "part of a page that a script names": Kind(
        body='<div id="part"></div><script>fetch("/static/part.html").then((answer) => answer.text())'
        ".then((text) => { part.innerHTML = text })</script>",
        scripts=True,
    ),
    "file that a script names": Kind(
        body='<img id="image" width="200" height="200"><div class="box" id="made"></div>'
        '<script>image.src = "/static/img/green.png"; made.innerHTML = `<img src="/static/img/green.svg">`</script>',
        scripts=True,
    ),
    "file of a module": Kind(
        body='<img id="image" width="200"><script>import("/static/modules/picture.js")</script>',
        scripts=True,
    ),
    "made of data": Kind(
        body='<div class="box" id="made"></div><script>fetch("/data.json?of=a").then((answer) => answer.json())'
        ".then(({ colour }) => { made.style.background = colour; document.body.append('last') })</script>",
        scripts=True,
    ),
    "files that scripts set in many ways": Kind(
        "<style>i { display: block; height: 50px } .rule { width: 40px } .var { background: var(--image) }</style>",
        '<i id="a"></i><i id="b"></i><i class="rule"></i><i class="sheet"></i><i class="adopted"></i><i class="var"></i>'
        '<template><img src="/static/img/green.png" width="50" height="50"></template><div id="host"></div><img id="set" width="50">'
        "<script>const image = 'url(/static/img/green.png)', style = document.createElement('style');"
        " a.style.backgroundImage = image; b.setAttribute('style', `background: ${image}`);"
        " document.styleSheets[0].insertRule(`.rule { background: ${image} }`, 0);"
        " style.textContent = `.sheet { background: ${image} }`; document.head.append(style);"
        " const sheet = new CSSStyleSheet(); sheet.replaceSync(`.adopted { background: ${image} }`);"
        " document.adoptedStyleSheets = [sheet]; document.body.style.setProperty('--image', image);"
        " document.body.append(document.querySelector('template').content.cloneNode(true));"
        " host.attachShadow({ mode: 'open' }).innerHTML = '<img src=/static/img/green.svg width=50>';"
        " set.srcset = '/static/img/green.png 1x, /static/img/red.png 2x'</script>",
        scripts=True,
    ),
    "texts that scripts read": Kind(
        "<style>p { background: rgb(0 128 64); color: white }</style>",
        '<pre id="all"></pre><script>'
        "const add = (text) => { const line = document.createElement('p'); line.append(text); all.append(line) };"
        " fetch('/text.csv').then((answer) => answer.text()).then((text) => { add(text);"
        " const asked = new XMLHttpRequest(); asked.open('GET', '/text.xml');"
        " asked.onload = () => { add(asked.responseText);"
        " fetch('/text.ndjson').then((answer) => answer.text()).then(add) }; asked.send() })</script>",
        scripts=True,
    ),
    "script that a script writes": Kind(
        body='<div class="box"></div><script>const made = document.createElement("script");'
        ' made.src = URL.createObjectURL(new Blob([\'document.querySelector(".box").style.background'
        " = \"rgb(0 128 64)\"'], { type: 'text/javascript' })); document.head.append(made)</script>",
        scripts=True,
    ),
    "file whose address has a random number": Kind(
        body='<img id="a" width="200" height="200"><img id="b">'
        "<script>a.src = `/chart.png?of=a&_=${Math.random()}`;"
        " b.src = `/named/b?at=${Date.now()}`</script>",
        scripts=True,
    ),
    "answers and files that scripts read": Kind(
        body='<div class="box" id="json"></div><div id="page"></div><div id="file"></div>'
        "<script>const asked = new XMLHttpRequest(); asked.open('GET', '/data.json?of=b');"
        " asked.onload = () => { json.style.background = JSON.parse(asked.responseText).colour }; asked.send();"
        " const failed = new XMLHttpRequest(); failed.open('GET', '/fails'); failed.onload = () => { document.body.append(failed.status,"
        " failed.statusText, failed.getResponseHeader('Content-Type')) }; failed.send();"
        " fetch('/old?colour=b').then((answer) => answer.text()).then((text) => { page.innerHTML = text });"
        " fetch('/static/img/green.svg').then((answer) => answer.text()).then((text) => { file.innerHTML = text })</script>",
        scripts=True,
    ),
    "sheet that an inserted style imports": Kind(
        body='<div class="box" style="width: 99px; height: 99px"></div><script>document.head.insertAdjacentHTML('
        "'beforeend', '<style>@import \"/static/green.css\";</style>')</script>",
        scripts=True,
    ),
    "parts of drawings that a script inserts": Kind(
        body='<svg id="drawing" width="200" height="200" color="rgb(0 128 64)"></svg><script>drawing.innerHTML = '
        '\'<use href="/static/sprite.svg#star"/><use href="/static/sprite.svg#star" y="99"/>\'</script>',
        scripts=True,
    ),
    "image in a shadow tree without quotes": Kind(
        body='<div id="host"></div><script>host.setHTMLUnsafe('
        "'<span><template shadowrootmode=open><img src=/static/img/green.png width=99></template></span>')</script>",
        scripts=True,
    ),
    "image that a script draws on a canvas": Kind(
        body="<script>const image = new Image(), canvas = document.createElement('canvas'); image.onload = () => {"
        " canvas.getContext('2d').drawImage(image, 0, 0); const copy = new Image();"
        " copy.src = canvas.toDataURL('image/png'); document.body.append(copy) };"
        " image.src = '/static/img/green.png'</script>",
        scripts=True,
    ),
    "image of the page that a script reads": Kind(
        body='<img id="image" src="/static/img/green.png" hidden><canvas id="drawn" width="200" height="200"></canvas><script>'
        "onload = () => { const context = drawn.getContext('2d'); context.drawImage(image, 0, 0, 100, 100);"
        " context.putImageData(context.getImageData(0, 0, 100, 100), 100, 100) }</script>",
        scripts=True,
    ),
    "script that reads its address": Kind(
        body='<script src="/static/asking.js?width=180"></script>', scripts=True
    ),
    "links that a script reads": Kind(
        '<link rel="canonical" href="/book/1"><link rel="author me" href="/ann">',
        BOX.format("") + "<script>for (const kind of ['canonical', 'author', 'me'])"
        " document.body.append(document.querySelector(`link[rel~=${kind}]`).getAttribute('href'))</script>",
        scripts=True,
    ),
    "script that asks which page it is on": Kind(
        "<style id=framed>body { display: none }</style><script>if (self === top) framed.remove()</script>",
        '<form id=form></form><nav><a href="/page/other">other</a><a>this</a></nav><script>const [other, own] = document.querySelectorAll("a");'
        " own.href = decodeURI(window.location.pathname);"
        ' for (const a of [other, own]) if (a.href === location.href) a.style = "background: rgb(0 128 64); font-size: 99px";'
        " own.append(window.top !== window.self, parent === window, document.hasFocus(), document.URL === own.href,"
        " form.action === own.href,"
        ' document.referrer.split("/")[3])</script>',
        scripts=True,
    ),
    "script that has a service worker": Kind(
        body="<script>navigator.serviceWorker?.register('/none.js'); globalThis.caches?.open('x');"
        " document.write('<img src=\"/static/img/green.png\">')</script>",
        scripts=True,
    ),
    "icon beside the one of a style": Kind(
        '<link rel="stylesheet" href="/static/theme/main.css">',
        '<i class="box"></i><script>const style = getComputedStyle(document.querySelector("i"));'
        ' const [, folder] = /url\\("(.*)green[.]png"\\)/.exec(style.backgroundImage);'
        ' document.write(`<img src="${folder}green.svg">`, style.getPropertyValue("background-image") === style.backgroundImage)</script>',
        scripts=True,
    ),
    "address of an answer": Kind(
        body='<p id="of"></p><script type="module">const [file, data] = await Promise.all(["/static/img/green.png",'
        ' "/data.json?of=c"].map((name) => fetch(name))); const image = new Image();'
        " image.src = URL.createObjectURL(await file.blob());"
        " of.append(new URL(file.url).pathname, new URL(data.url).search, image)</script>",
        scripts=True,
    ),
    "entry of the history": Kind(
        body=BOX.format("") + '<script>history.replaceState({ page: 2 }, "", "?page=2#list");'
        " document.body.append(history.state.page, location.search, location.hash, location.pathname);"
        ' history.pushState({ page: 3 }, "", "/page/other"); history.replaceState({ page: 4 }, "");'
        " document.body.append(history.state.page, location.pathname, location.search)</script>",
        scripts=True,
    ),
    "part of a bundle": Kind(
        body='<p>page</p><script defer src="/static/bundle/main.js"></script>', scripts=True
    ),
    "files that scripts request with headers and cookies": Kind(
        body="<img id=a hidden><p id=b></p><script>fetch('/static/img/green.png',"
        " { headers: { 'X-Requested-With': 'fetch' }, credentials: 'include' }).then((r) => r.blob()).then((blob) => {"
        " a.src = URL.createObjectURL(blob); a.hidden = false }); const asked = new XMLHttpRequest();"
        " asked.open('GET', '/static/part.html'); asked.setRequestHeader('X-Requested-With', 'XMLHttpRequest');"
        " asked.withCredentials = true; asked.onload = () => { b.innerHTML = asked.response }; asked.send()</script>",
        scripts=True,
    ),
    "files with addresses relative to the page": Kind(
        body="<script>const name = 'green'; for (const one of ['../static/img/green.png', `../static/img/${name}.svg`])"
        " document.write(`<img src=${one} width=90 height=90>`)</script>"
        '<script src="/static/parts/relative.js"></script>',
        scripts=True,
    ),
    "background that a worklet paints": Kind(
        "<style>.box { background: paint(green) }</style>",
        BOX.format("").replace("background: rgb(0 128 64)", "")
        + "<script>CSS.paintWorklet.addModule('/static/paint.js')</script>",
        scripts=True,
    ),
    "file that only a request names": Kind(
        body="<script>document.write(`<img src=${['/static/img', ['gre', 'en.p', 'ng'].join('')].join('/')}>`)</script>",
        scripts=True,
    ),
    "file beside the first script": Kind(
        body='<script src="/static/first.js"></script>', scripts=True
    ),
    "elements that a script finds by their addresses": Kind(
        '<link rel="stylesheet" href="/static/green.css">',
        '<div class="box"></div><script>const sheet = document.querySelector("link[href$=\'green.css\']").sheet;'
        " const { width } = getComputedStyle(document.body); document.body.append(sheet.cssRules[0].cssText,"
        " document.querySelectorAll(`[href*='/static/']`).length, parseInt(width) > 9)</script>",
        scripts=True,
    ),
    "image that a script adds to a drawing": Kind(
        body='<svg id="drawn" width="150" height="150"></svg><script>const space = "http://www.w3.org/2000/svg";'
        " const image = drawn.appendChild(document.createElementNS(space, 'image')); image.setAttribute('width', 150);"
        " image.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', '/static/img/green.png')</script>",
        scripts=True,
    ),
    "script that sends itself messages": Kind(
        body="<script>addEventListener('message', ({ data, origin: from }) => { if (from === origin)"
        " document.body.innerHTML += data }); addEventListener('load', () =>"
        " postMessage('<img src=/static/img/green.png>', location.origin))</script>",
        scripts=True,
    ),
    "compiled code": Kind(
        body=BOX.format("")
        + "<script>WebAssembly.instantiateStreaming(fetch('/static/width.wasm')).then(({ instance }) =>"
        " { document.querySelector('.box').style.width = `${instance.exports.a()}px` })</script>",
        scripts=True,
    ),
    "names with signs": Kind(
        '<link rel="stylesheet" href="/static/signs.css">',
        "<div class=\"box bg-[url('green.png')] md:focus:wide\"></div>",
    ),
    "script of no type": Kind(body='<script src="/script"></script>', scripts=True),
    "file beside its script": Kind(body='<script src="/static/beside.js"></script>', scripts=True),
    "Alpine": Kind(
        '<script defer src="/static/alpine.js"></script><style>[x-cloak] { display: none }</style>',
        '<div x-data="{ open: false, points: {{ points }} }" x-init="open = true" x-cloak><template x-for="point in points">'
        '<div :style="`height: 40px; width: ${point}0px; background: rgb(0 128 64)`"></div></template>'
        '<p x-show="!open">closed</p><p x-text="points.length"></p></div>',
        scripts=True,
    ),
    "shadow by a script": Kind(
        body='<x-box></x-box><script>customElements.define("x-box", class extends HTMLElement { connectedCallback() {'
        ' this.attachShadow({mode: "open"}).innerHTML = `<style>i { display: block; background: rgb(0 128 64);'
        " width: 200px; height: 200px }</style><i></i>` } })</script>",
        scripts=True,
    ),
}
