"""The terminal: notices are shown before the prompt, and count as delivered once they are."""

from __future__ import annotations

import getpass
import io

import pytest
from rich.console import Console

from bot.channels import terminal
from psl import notices
from tests.stack import Stack


async def test_notices_are_shown_once_and_then_count_as_delivered(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, database = f"terminal:{getpass.getuser()}", stack.services.database
    with database.transaction() as session:
        now = database.now(session)
        notices.enqueue(
            session, chat, "k", "Done with it?", now, [{"title": "Done", "payload": "/done"}]
        )
    for expected in (1, 0):
        shown = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO("exit\n"))
        await terminal._loop(stack.brain, Console(file=shown))
        assert shown.getvalue().count("Done with it?") == expected
        assert shown.getvalue().count("[1] Done") == expected


async def test_what_could_not_be_printed_is_not_delivered(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, database = f"terminal:{getpass.getuser()}", stack.services.database
    with database.transaction() as session:
        notices.enqueue(session, chat, "k2", "Nobody sees this", database.now(session))

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            if "Nobody" in text:
                raise OSError("the terminal is gone")
            return super().write(text)

    monkeypatch.setattr("sys.stdin", io.StringIO("exit\n"))
    with pytest.raises(OSError, match="gone"):
        await terminal._loop(stack.brain, Console(file=Closed()))
    due = stack.services.notices.next_due("terminal")
    with database.transaction() as session:
        assert due is not None and due > database.now(session), "it comes when its lease ends"
