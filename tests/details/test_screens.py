"""Screens that are listed, and those that only call themselves one."""

from __future__ import annotations

import pytest

SCREENS = [
    ("on the plan selection screen", ["screen=Plan Selection screen"]),
    ("plan selection", ["screen=Plan Selection"]),
    ("plan selection page", ["screen=Plan Selection page"]),
    ("the signature page", ["screen=Signature page"]),
    ("stuck at signature", ["screen=Signature"]),
    ("sign the electronic signature", []),
    ("payment screen", ["screen=Payment screen"]),
    ("payment failed", []),
    ("on the documents tab", ["screen=Documents tab"]),
    ("documents uploaded fine", []),
    ("my dashboard is blank", ["screen=Dashboard"]),
    ("quick updates dashboard", ["screen=Quick Updates Dashboard"]),
    ("referral manager", ["screen=Referral Manager"]),
    ("the referal manager", ["screen=Referral Manager"]),
    ("on demand tab", ["screen=kynect On Demand tab"]),
    ("kynect on demand tab", ["screen=kynect On Demand tab"]),
    ("my availability", ["screen=My Availability"]),
    ("household page", ["screen=Household page"]),
    ("tax filer information screen", ["screen=Tax Filer Information screen"]),
    ("coverage start page", ["screen=Coverage Start page"]),
    ("the immigration screen", ["screen=Immigration screen"]),
    ("native american page", ["screen=Native American page"]),
    ("current coverage page", ["screen=Current Coverage page"]),
    ("agent portal page", ["system=Agent Portal"]),
    ("application signature page", ["screen=Application Signature page"]),
    ("screen: plan selection", ["screen=Plan Selection"]),
    ("screen is Request Case Access", ["screen=Request Case Access"]),
    ("the screen was Eligibility Results", ["screen=Eligibility Results"]),
    ("screen called Income Details", ["screen=Income Details"]),
    ("page titled Tax Filer Information", ["screen=Tax Filer Information"]),
    (
        'screen Household Relationships, error "circular relationship"',
        ["screen=Household Relationships", "error=circular relationship"],
    ),
    ('the "Review" screen', ["screen=Review screen"]),
    ("screen name: coverage start", ["screen=Coverage Start"]),
    # no screens
    ("the screen is frozen", []),
    ("the page keeps crashing", []),
    ("the next page", []),
    ("another tab", []),
    ("incognito window", []),
    ("blank page", ["error=blank page"]),
    ("white screen", ["error=white screen"]),
    ("same page", []),
    ("it refreshes the page", []),
    ("first page loads fine", []),
    ("every screen", []),
    ("on the payment of premiums", []),
    ("at home", []),
    ("consent window", ["screen=Consent window"]),
    ("signature step", ["screen=Signature step"]),
    ("the last step", []),
    (
        "not the payment screen, the signature page",
        ["!screen=Payment screen", "screen=Signature page"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SCREENS)
def test_a_screen_is_named_or_there_is_none(told, text: str, expected: list[str]) -> None:
    assert told(text) == expected
