"""The masker's words to the person, mixed messages, and the text that goes to logs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from psl.privacy import Masked, Masker, last_four, mask_identifiers, notice, redact_for_log


def test_kinds_are_named_in_the_order_of_the_message(masker: Masker) -> None:
    masked = masker.mask(
        "pw Derby2025! dob 3/14/1979 ssn 404-71-8263 wife ssn 410-22-8374 makes $38,400 a yr"
    )
    assert masked.removed == ("password", "birth_date", "ssn", "income")
    assert masked.text == (
        "pw [password removed] dob [date of birth removed] ssn [SSN removed] "
        "wife ssn [SSN removed] makes [income removed] a yr"
    )


def test_a_whole_form_at_once(masker: Masker) -> None:
    masked = masker.mask(
        "Name: Maria Roe\nCase Number: 118204377\nSSN: 404718263\nDOB: 03141979\n"
        "Phone: 502-555-0148\nEmail: mroe@example.com\nIncome: 38400\nDL: S12-345-678\n"
        "Error: 500-22-1043\nZIP: 40502-1234"
    )
    assert masked.text == (
        "Name: Maria Roe\nCase Number: 118204377\n"
        "SSN: [SSN removed]\nDOB: [date of birth removed]\n"
        "Phone: 502-555-0148\nEmail: mroe@example.com\nIncome: [income removed]\n"
        "DL: [driver's licence removed]\nError: 500-22-1043\nZIP: 40502-1234"
    )


def test_labels_on_their_own_lines(masker: Masker) -> None:
    masked = masker.mask("SSN\n404718263\nCase\n118204377")
    assert masked.text == "SSN\n[SSN removed]\nCase\n118204377"


def test_notice_is_silent_when_nothing_was_removed(masker: Masker) -> None:
    assert notice(masker.mask("how do i accept a referral")) is None
    assert notice(Masked("")) is None


def test_notice_says_what_was_removed(masker: Masker) -> None:
    assert notice(masker.mask("ssn 404-71-8263")) == (
        "I removed a Social Security number before anything was stored; "
        "PSL and this chat don't need it."
    )
    assert notice(masker.mask("ssn 404-71-8263 dob 3/14/1979")) == (
        "I removed a Social Security number and a date of birth before anything was stored; "
        "PSL and this chat don't need them."
    )


def test_notice_of_a_doubtful_number_says_how_to_send_a_case_number(masker: Masker) -> None:
    line = notice(masker.mask("404718263"))
    assert line is not None
    assert "404718263" not in line
    assert line.endswith("If that was a case number, send it as: case 123456789")
    assert "\n" not in line
    # The hint must work when it is followed, and the line itself must pass the masker.
    assert masker.mask("case 123456789").text == "case 123456789"
    assert masker.mask(line).text == line


def test_notice_of_both(masker: Masker) -> None:
    line = notice(masker.mask("pw Derby2025!. also 404718263"))
    assert line is not None
    assert "a password" in line and "case 123456789" in line


@pytest.mark.parametrize("asked", ["case_number", "application_number", "npn", "ticket_number"])
def test_what_was_asked_for_is_kept(masker: Masker, asked: str) -> None:
    assert masker.mask("404718263", expecting=frozenset({asked})) == Masked("404718263")


def test_asking_does_not_rescue_a_written_ssn(masker: Masker) -> None:
    masked = masker.mask("404-71-8263", expecting=frozenset({"case_number"}))
    assert masked.text == "[SSN removed]"


def test_something_else_asked_for_does_not_count(masker: Masker) -> None:
    assert masker.mask("404718263", expecting=frozenset({"browser"})).doubtful_number


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\u200b", "\u0301", "\ue000", "[", "[SSN removed]"]
)
def test_odd_little_texts(masker: Masker, text: str) -> None:
    assert masker.mask(text) == Masked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("case 118204377", "case …4377"),
        (
            "Case Number: 118204377 and application 402663871",
            "Case Number: …4377 and application …3871",
        ),
        ("cases 118204377, 118204378 and 118204379", "cases …4377, …4378 and …4379"),
        ("app id 20117745", "app id …7745"),
        ("Application ID is 402663871", "Application ID is …3871"),
        ("case_number=118204377&x=1", "case_number=…4377&x=1"),
        ("{'case_number': '118204377'}", "{'case_number': '…4377'}"),
        ("/tickets?case=118204377", "/tickets?case=…4377"),
        ("case KY118204377", "case …4377"),
        ("118204377 is the case number", "…4377 is the case number"),
        ("ticket 500123456 for case 118204377", "ticket 500123456 for case …4377"),
        ("doi 774120 npn 1820047731", "doi 774120 npn 1820047731"),
        ("a case of 3 members", "a case of 3 members"),
        ("happy 118204377", "happy 118204377"),
    ],
)
def test_case_numbers_are_cut_to_the_last_four(text: str, expected: str) -> None:
    assert mask_identifiers(text) == expected
    assert mask_identifiers(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write jroe@example.com", "write [e-mail]"),
        ("call 502-555-0148", "call [phone]"),
        ("call (502) 555-0148 or 8595550173", "call [phone] or [phone]"),
        ("call +1 502.555.0148", "call [phone]"),
        ("call 1-502-555-0148", "call [phone]"),
        ("call 555-0148", "call [phone]"),
        ("case 118204377 call 5025550148", "case …4377 call [phone]"),
        ("404-71-8263", "[SSN removed]"),
        ("404718263", "[9-digit number removed]"),
        (
            "doi 774120 took 12.5 ms on 2026-01-01T10:11:12",
            "doi 774120 took 12.5 ms on 2026-01-01T10:11:12",
        ),
        ("ticket PSL-2026-000123", "ticket PSL-2026-000123"),
    ],
)
def test_logs(text: str, expected: str) -> None:
    assert redact_for_log(text) == expected


def test_last_four() -> None:
    assert last_four("118204377") == "…4377"
    assert last_four("77") == "77"


def test_log_helpers_do_not_import_presidio() -> None:
    code = "import sys, psl.privacy; sys.exit('presidio_analyzer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
