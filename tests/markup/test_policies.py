"""What a Content Security Policy allows, as far as it decides how a page looks."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup.policies import (
    FONTS,
    HANDLERS,
    IMAGES,
    STYLE_ATTRIBUTES,
    STYLES,
    kept_policy,
    policies_of,
)

OWN = "https://shop.example"


@pytest.mark.parametrize(
    ("policy", "url", "allowed"),
    [
        ("img-src 'self'", f"{OWN}/a.png", True),
        ("img-src 'self'", "https://cdn.example/a.png", False),
        ("img-src 'self'", "data:image/png;base64,AA", False),
        ("img-src 'self' data:", "data:image/png;base64,AA", True),
        ("img-src 'none'", f"{OWN}/a.png", False),
        ("img-src", f"{OWN}/a.png", False),
        ("default-src 'self'", "data:image/png;base64,AA", False),
        ("default-src 'none'; img-src *", f"{OWN}/a.png", True),
        ("img-src *", "data:image/png;base64,AA", False),
        ("style-src 'none'", f"{OWN}/a.png", True),
        ("img-src https:", "https://cdn.example/a.png", True),
        ("img-src http:", "https://cdn.example/a.png", True),
        ("img-src https:", "http://cdn.example/a.png", False),
        ("img-src cdn.example", "https://cdn.example/a.png", True),
        ("img-src cdn.example", "https://cdn.example:444/a.png", False),
        ("img-src cdn.example:*", "https://cdn.example:444/a.png", True),
        ("img-src *.example", "https://cdn.example/a.png", True),
        ("img-src *.cdn.example", "https://cdn.example/a.png", False),
        ("img-src https://cdn.example/img/", "https://cdn.example/img/a.png", True),
        ("img-src https://cdn.example/img", "https://cdn.example/img/a.png", False),
        ("IMG-SRC 'SELF'", f"{OWN}/a.png", True),
        ("img-src *, img-src 'none'", f"{OWN}/a.png", False),
        ("img-src 'none'; img-src *", f"{OWN}/a.png", False),
    ],
)
def test_an_image_must_be_allowed_by_every_policy(policy: str, url: str, allowed: bool) -> None:
    """By one of the sources of the directive."""
    assert policies_of(OWN, [policy]).allow(IMAGES, url) is allowed


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("style-src 'unsafe-inline'", True),
        ("style-src 'self'", False),
        ("style-src 'nonce-a1'", True),
        ("style-src 'nonce-a2'", False),
        ("style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='", True),
        ("style-src-elem 'unsafe-inline'; style-src 'none'", True),
        ("style-src 'unsafe-inline' 'nonce-a2'", False),
        ("default-src 'self'", False),
        ("img-src 'self'", True),
    ],
)
def test_an_inline_style_needs_a_keyword_a_nonce_or_its_digest(policy: str, allowed: bool) -> None:
    """If there is a nonce or a digest, browsers ignore the keyword."""
    assert policies_of(OWN, [policy]).allow_inline(STYLES, "p{}", "a1") is allowed


@pytest.mark.parametrize(
    ("policy", "scripts", "evals"),
    [
        ("img-src 'self'", True, True),
        ("script-src 'self'", True, False),
        ("default-src 'self' 'unsafe-eval'", True, True),
        ("script-src 'none'", False, False),
        ("script-src-elem 'none'; script-src 'unsafe-eval'", False, True),
        ("script-src cdn.example", True, False),
    ],
)
def test_a_policy_may_forbid_all_scripts_or_code_in_texts(
    policy: str, scripts: bool, evals: bool
) -> None:
    """Of hosts that scripts come from, a recording keeps no names."""
    policies = policies_of(OWN, [kept_policy(policy)])
    assert (policies.allow_scripts, policies.allow_eval) == (scripts, evals)


def test_a_policy_that_restricts_scripts_allows_none_in_an_address() -> None:
    """Of the sources of scripts, no hosts and schemes are kept."""
    assert policies_of(OWN, ["img-src 'self'; style-src data:"]).allow_data_scripts
    assert not policies_of(OWN, ["img-src 'self'", "script-src 'unsafe-inline'"]).allow_data_scripts


def test_an_attribute_has_no_nonce() -> None:
    """Only the keyword allows styles and event handlers in attributes."""
    policies = policies_of(OWN, ["style-src 'nonce-a1'; script-src 'unsafe-inline'"])
    assert not policies.allow_inline(STYLE_ATTRIBUTES)
    assert policies.allow_inline(HANDLERS)


def test_a_stylesheet_gets_the_parts_of_a_policy_that_apply_to_it() -> None:
    """Without the nonces of a page, so that all pages have the same stylesheet."""
    policies = policies_of(
        OWN, ["default-src 'self'; style-src 'nonce-a1' a.example; script-src b.example"]
    )
    assert policies.of_sheets == "style-src-elem a.example; img-src 'self'; font-src 'self'"
    within = policies_of(OWN, [policies.of_sheets])
    assert within.allow(FONTS, f"{OWN}/a.woff2")
    assert not within.allow(STYLES, f"{OWN}/a.css")


def test_only_directives_that_affect_the_look_are_kept() -> None:
    """Not those for reports and scripts."""
    sent = (
        "img-src a.example; report-uri /r?t=1; script-src 'unsafe-inline' b.example; connect-src c"
    )
    assert kept_policy(sent) == "img-src a.example; script-src 'unsafe-inline'"
    assert kept_policy("upgrade-insecure-requests, form-action 'self'") == ""
    assert kept_policy(f"img-src {'a' * 5000}") == ""


def test_a_page_is_shown_in_a_frame_if_its_policy_allows_it() -> None:
    """``frame-ancestors`` has no fallback."""
    assert policies_of(OWN, ["default-src 'none'"]).allow_frame() is None
    assert policies_of(OWN, ["frame-ancestors 'self'"]).allow_frame()
    assert policies_of(OWN, ["frame-ancestors 'none'"]).allow_frame() is False


@pytest.mark.parametrize("own", ["http://shop:99999", "http://shop:b", "http://["])
def test_an_invalid_origin_matches_no_host(own: str) -> None:
    """It may be in a recording that somebody else has made."""
    assert policies_of(own, ["frame-ancestors http://*"]).allow_frame() is False


@pytest.mark.parametrize(
    "piece", ["a:", "a", "*.", "https://", ":1", "/", "'nonce-", ";", ",", " "]
)
def test_hostile_policies_take_linear_time(piece: str) -> None:
    """In the size of the policy."""
    began = time.process_time()
    policies = policies_of(OWN, [f"img-src {piece * 20_000}"])
    policies.allow(IMAGES, f"{OWN}/a.png")
    assert time.process_time() - began < 1
