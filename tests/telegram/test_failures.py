"""What the library's errors mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.telegram.failures import Kind, failure_of
from bot.channels.telegram.polling import LONGEST_PAUSE, pause_after


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Kind.UNREACHABLE, "blocked the bot"),
        (Forbidden("Forbidden: user is deactivated"), Kind.UNREACHABLE, "account deleted"),
        (
            Forbidden("Forbidden: bot can't initiate conversation with a user"),
            Kind.UNREACHABLE,
            "never started the bot",
        ),
        (Forbidden("Forbidden: something new"), Kind.UNREACHABLE, "forbidden"),
        (BadRequest("Bad Request: chat not found"), Kind.UNREACHABLE, "chat not found"),
        (BadRequest("Bad Request: PEER_ID_INVALID"), Kind.UNREACHABLE, "chat not found"),
        (ChatMigrated(-100), Kind.UNREACHABLE, "moved"),
        (BadRequest("Can't parse entities: unsupported tag"), Kind.MARKUP, "markup"),
        (BadRequest("Message is not modified: same content"), Kind.UNCHANGED, "unchanged"),
        (BadRequest("Message to edit not found"), Kind.GONE, "message is gone"),
        (BadRequest("Query is too old and response timeout expired"), Kind.LATE, "press is too old"),
        (BadRequest("Bad Request: 219-09-9999 is a strange text"), Kind.REFUSED, "refused"),
        (TimedOut(), Kind.OUTAGE, "timed out"),
        (NetworkError("httpx.ConnectError: all attempts failed"), Kind.OUTAGE, "no connection"),
        (Conflict("Conflict: terminated by other getUpdates"), Kind.OUTAGE, "another bot is running"),
        (InvalidToken("1:secret was rejected"), Kind.OUTAGE, "token refused"),
        (TelegramError("Invalid server response"), Kind.OUTAGE, "not Telegram's answer"),
        (TelegramError("Something new"), Kind.REFUSED, "TelegramError"),
    ],
)  # fmt: skip
def test_each_error_has_its_kind_and_a_reason_of_ours(
    error: Exception, kind: Kind, why: str
) -> None:
    found = failure_of(error)
    assert (found.kind, found.why, found.retry_after) == (kind, why, None)
    assert found.passes == (kind == Kind.OUTAGE)


@pytest.mark.parametrize("wanted", ["true", "false"])
@pytest.mark.parametrize("after", [7, 7.5, timedelta(seconds=7)])
@pytest.mark.filterwarnings("ignore:.*PTB_TIMEDELTA")
def test_flood_control_says_how_long(
    after: int | timedelta, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", wanted)
    found = failure_of(RetryAfter(after))
    seconds = after if not isinstance(after, timedelta) else 7
    assert (found.kind, found.retry_after, found.passes) == (Kind.FLOOD, seconds, True)


@pytest.mark.filterwarnings("error")
def test_flood_control_warns_of_nothing() -> None:
    assert failure_of(RetryAfter(7)).retry_after == 7


def test_pauses_grow_and_have_an_end() -> None:
    pauses = [pause_after(NetworkError("gone"), n) for n in (1, 2, 3, 100, 100_000)]
    assert pauses == [0.5, 1.0, 2.0, LONGEST_PAUSE, LONGEST_PAUSE]
    assert pause_after(RetryAfter(40), 1) == 40
    assert pause_after(Conflict("two"), 1) == 5
