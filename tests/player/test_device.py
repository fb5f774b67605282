"""The player names the visitor's device, and shows pages at its size."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_replay.recording.device import Device, described_device, device_of
from flask_replay.recording.facets import Facets
from flask_replay.storage import FileStorage

from ..conftest import AppMaker, recordings_of
from .handmade import keep, page, step

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
PHONE = {
    "User-Agent": f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36",
    "Sec-CH-UA": '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"',
    "Sec-CH-UA-Mobile": "?1",
    "Sec-CH-UA-Platform": '"Android"',
    "Accept-Language": "en;q=0.5, de-CH, de;q=0.9",
}
WINDOWS = {"User-Agent": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"}
IPHONE = "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD = "(iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("headers", "kind", "browser", "system"),
    [
        (PHONE, "phone", "Chrome 126", "Android"),
        (WINDOWS, "desktop", "Chrome 126", "Windows"),
        (
            {**WINDOWS, "Sec-CH-UA-Platform": '"Windows"', "Sec-CH-UA-Platform-Version": '"15.0.0"'},
            "desktop",
            "Chrome 126",
            "Windows 11",
        ),
        (
            {**WINDOWS, "Sec-CH-UA": '"Brave";v="126", "Chromium";v="126", "Not/A)Brand";v="24"'},
            "desktop",
            "Brave 126",
            "Windows",
        ),
        ({**WINDOWS, "Sec-CH-UA-Form-Factors": '"Tablet"'}, "tablet", "Chrome 126", "Windows"),
        ({"User-Agent": f"Mozilla/5.0 {IPHONE} Version/17.5 Mobile/15E148 Safari/604.1"}, "phone", "Safari 17", "iOS 17"),
        ({"User-Agent": f"Mozilla/5.0 {IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1"}, "phone", "Chrome 126", "iOS 17"),
        ({"User-Agent": f"Mozilla/5.0 {IPAD} Version/16.6 Mobile/15E148 Safari/604.1"}, "tablet", "Safari 16", "iOS 16"),
        (
            {"User-Agent": f"Mozilla/5.0 (Linux; Android 13; SM-X700) {CHROME} Safari/537.36"},
            "tablet",
            "Chrome 126",
            "Android 13",
        ),
        (
            {"User-Agent": "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0"},
            "phone",
            "Firefox 127",
            "Android 14",
        ),
        (
            {"User-Agent": "Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0"},
            "tablet",
            "Firefox 127",
            "Android 14",
        ),
        (
            {"User-Agent": "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"},
            "desktop",
            "Firefox 127",
            "Ubuntu",
        ),
        ({"User-Agent": f"{WINDOWS['User-Agent']} Edg/126.0.0.0"}, "desktop", "Edge 126", "Windows"),
        ({"User-Agent": "curl/8.1.2"}, "desktop", "curl 8", ""),
        ({"User-Agent": "\x00(((("}, "desktop", "", ""),
        ({}, "desktop", "", ""),
    ],
)  # fmt: skip
def test_browsers_and_systems_are_recognized(
    headers: dict[str, str], kind: str, browser: str, system: str
) -> None:
    """Frozen version numbers are omitted."""
    device = described_device(headers)
    assert (device.kind, device.browser, device.system) == (kind, browser, system)


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ({}, (1280, 800, False)),
        (PHONE, (390, 844, False)),
        ({**PHONE, "Sec-CH-Viewport-Width": "412"}, (412, 844, True)),
        (
            {**WINDOWS, "Viewport-Width": "1920", "Sec-CH-Viewport-Height": "1000"},
            (1920, 1000, True),
        ),
        ({"Sec-CH-Viewport-Width": "0"}, (1280, 800, False)),
        ({"Sec-CH-Viewport-Width": "9" * 400}, (1280, 800, False)),
        ({"Sec-CH-Viewport-Width": "99999"}, (1280, 800, False)),
        ({"Sec-CH-Viewport-Width": "-5"}, (1280, 800, False)),
        ({"Sec-CH-Viewport-Width": "²"}, (1280, 800, False)),
    ],
)
def test_the_size_is_exact_if_the_browser_sent_it(
    headers: dict[str, str], size: tuple[int, int, bool]
) -> None:
    """Otherwise, and if the sent size is invalid, it is the usual size for the kind of device."""
    device = described_device(headers)
    assert (device.width, device.height, device.exact) == size


def test_the_preferred_language_is_used() -> None:
    """Not simply the first one in the header."""
    assert described_device(PHONE).language == "de-CH"
    assert described_device({"Accept-Language": "fr"}).language == "fr"
    assert described_device({"Accept-Language": "*"}).language == "*"
    assert described_device({"Accept-Language": ";;q=x,"}).language in {"", ";;q=x"}


def test_preferences_are_known_if_the_browser_sent_them() -> None:
    """An app asks for them with ``Accept-CH``. The only default is light."""
    asked = {"Sec-CH-Prefers-Color-Scheme": '"dark"', "Sec-CH-Prefers-Reduced-Motion": '"reduce"'}
    assert (described_device(asked).scheme, described_device(asked).still) == ("dark", True)
    assert (described_device({}).scheme, described_device({}).still) == ("light", False)


def test_the_first_value_counts() -> None:
    """Browsers send hints from the second request on, once the app has asked for them."""
    first = step(0, "/", page("One"), request_headers=WINDOWS)
    second = step(9, "/2", page("Two"), request_headers={**PHONE, "Sec-CH-Viewport-Width": "1500"})
    device = device_of([first, second])
    assert (device.width, device.system, device.language) == (1500, "Windows", "de-CH")
    assert device_of([]) == Device()


def test_names_that_a_recording_was_listed_with_are_not_found_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first user agent that a process parses takes a second, and opening a recording waits."""
    monkeypatch.setattr("flask_replay.recording.device._parser", None)
    listed = Facets(device="phone", browser="Firefox 128", system="Linux")
    batch = step(0, "/", page("One"), request_headers=PHONE | {"User-Agent": "Mobile Lynx/1"})
    device = device_of([batch], listed)
    assert (device.kind, device.browser, device.system) == ("phone", "Firefox 128", "Linux")


def test_pages_are_recorded_with_headers_about_the_device(make_app: AppMaker) -> None:
    """Other requests need not repeat them. No other request headers are kept."""
    app = make_app()
    client = app.test_client()
    headers: dict[str, Any] = {**PHONE, "X-Other": "other"}
    client.get("/hello/ann", headers=headers)
    client.post("/api", json={"a": 1}, headers=headers)
    client.get(
        "/hello/bob", headers={**headers, "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}
    )
    (recording,) = recordings_of(app)
    asked = [
        batch.request.request_headers for batch in recording.batches if batch.request is not None
    ]
    assert asked == [PHONE, {}, {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}]


def test_the_player_names_the_device(app: Flask, storage: FileStorage) -> None:
    """In its header and in the data for its script. Unknown parts are omitted."""
    known = keep(storage, [step(0, "/", page("Hello"), request_headers=PHONE)])
    unknown = keep(storage, [step(0, "/", page("Hello"))])
    client = app.test_client()
    assert "Chrome 126 on Android · phone · de-CH" in client.get(f"/replay/{known}").get_data(
        as_text=True
    )
    assert 'class="device"' not in client.get(f"/replay/{unknown}").get_data(as_text=True)
    told = client.get(f"/replay/{known}/steps.json").get_json()["device"]
    assert (told["kind"], told["width"], told["height"], told["exact"]) == (
        "phone",
        390,
        844,
        False,
    )


def test_the_visitors_user_agent_is_shown_as_text(app: Flask, storage: FileStorage) -> None:
    """Even if it contains tags."""
    hostile = {"Sec-CH-UA": '"<script>x</script>";v="1"', "Accept-Language": "<b>"}
    id = keep(storage, [step(0, "/", page("Hello"), request_headers=hostile)])
    text = app.test_client().get(f"/replay/{id}").get_data(as_text=True)
    assert "&lt;script&gt;x&lt;/script&gt; 1" in text
    assert "<script>x" not in text


def test_only_the_meaningful_beginning_of_a_header_is_parsed() -> None:
    """The rest could take long, and a visitor would wait."""
    for headers in (PHONE, WINDOWS):
        assert described_device(
            {name: value.ljust(300) + "Android Silk/" * 1_000 for name, value in headers.items()}
        ) == described_device(headers)
