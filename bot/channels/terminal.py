"""The assistant in a terminal: colours, and buttons as numbers."""

from __future__ import annotations

import asyncio
import getpass
import sys

from rich.console import Console
from rich.text import Text

from bot.brain import Brain, Reply
from psl.settings import Settings

_LEAVE = {"exit", "quit", "bye", ":q"}


def converse(settings: Settings) -> None:
    """Talk until the user leaves. Numbers press the buttons shown last."""
    console = Console()
    with Console(stderr=True).status("Loading the assistant …"):
        from bot.app import build_brain

        brain, _ = build_brain(settings)
    try:
        asyncio.run(_loop(brain, console))
    except (KeyboardInterrupt, EOFError):
        console.print()


async def _loop(brain: Brain, console: Console) -> None:
    chat = f"terminal:{getpass.getuser()}"
    console.print(
        "PSL Assistant. Type your question, a number for a button, or “exit”.", style="bold"
    )
    tokens: dict[str, str] = {}
    while True:
        claimed = brain.notices.claim("terminal", chats=[chat])
        for notice in claimed.notices:
            tokens = _show(console, [brain.reply_of(notice)])
            brain.notices.delivered(claimed.token, notice.id)
        typed = (await asyncio.to_thread(_read, console)).strip()
        if typed.lower() in _LEAVE:
            return
        if not typed:
            continue
        tokens = _show(console, await brain.handle(chat, tokens.get(typed, typed)))


def _read(console: Console) -> str:
    if sys.stdin.isatty():
        return console.input("[bold cyan]you>[/] ")
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _show(console: Console, replies: list[Reply]) -> dict[str, str]:
    tokens: dict[str, str] = {}
    for reply in replies:
        console.print(Text(reply.text, style="green"))
        for title, token in reply.buttons:
            number = str(len(tokens) + 1)
            tokens[number] = token
            console.print(Text(f"  [{number}] {title}", style="yellow"))
    return tokens
