"""The people of a server in another process: driven over HTTP, by a bench or by hand.

    curl -d '{"say": "hello"}' localhost:8081/people/Robin
    curl -d '{"press": "Yes"}' localhost:8081/people/Robin
    curl 'localhost:8081/people/Robin?count=2&timeout=5'

Somebody who is named for the first time presses Start first.
"""

from __future__ import annotations

import argparse
import threading
from typing import TYPE_CHECKING, Any

from tests.telegram.chats import Json, Shown
from tests.telegram.people import User

if TYPE_CHECKING:
    from tests.telegram.bot_api import BotApi
    from tests.telegram.state import State

_meeting = threading.Lock()


def person(state: State, name: str) -> User:
    """The user of that first name, who is made, and presses Start, if there is none."""
    with _meeting:
        for chat in list(state.chats.values()):
            if isinstance(chat, User) and chat.named["first_name"] == name:
                return chat
        user = state.add_user(first_name=name)
    user.start()
    return user


def act(state: State, name: str, told: Any) -> Json:
    """Let somebody do what is told: say, start or press. The answer is the update or an error."""
    user = person(state, name)
    try:
        match told:
            case {"say": str(text)}:
                return user.say(text)
            case {"start": str(payload)}:
                return user.start(payload)
            case {"press": str(title)}:
                shown = [m for m in user.messages() if title in m.titles]
                assert shown, f"no message shows a button {title!r}"
                return user.press(shown[-1], title)
    except AssertionError as error:
        return {"error": str(error)}
    return {"error": 'say, start or press: {"say": "hello"}'}


def look(state: State, name: str, count: int, timeout: float) -> list[Json]:
    """What somebody's chat shows once it has ``count`` messages, or after ``timeout`` seconds."""
    user = person(state, name)
    state.until(lambda: len(user.messages()) >= count, timeout)
    return [told(shown) for shown in user.messages()]


def told(shown: Shown) -> Json:
    """A message as JSON."""
    return {
        "id": shown.id,
        "date": shown.date,
        "text": shown.text,
        "html": shown.html,
        "buttons": shown.buttons,
        "edited": shown.edited,
    }


def run(make: type[BotApi]) -> None:
    """Start a server and show what the bot sends, until Ctrl+C."""
    parser = argparse.ArgumentParser(description="A Bot API server to try by hand.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    parser.add_argument("--flood", action="store_true", help="refuse what is sent too fast")
    parser.add_argument("--quiet", action="store_true", help="do not show what the bot sends")
    asked = parser.parse_args()
    token = {"token": asked.token} if asked.token else {}
    with make(port=asked.port, flood=asked.flood, insecure_webhooks=True, **token) as api:
        print(f"PSL_TELEGRAM_API_URL={api.address}")
        print(f"PSL_TELEGRAM_TOKEN={api.token}")
        print(f'curl -d \'{{"say": "hello"}}\' {api.address}/people/Robin', flush=True)
        try:
            _show(api, asked.quiet)
        except KeyboardInterrupt:
            return


def _show(api: BotApi, quiet: bool) -> None:
    known: dict[int, Shown] = {}
    broken = 0
    while True:
        api.until(lambda: False, 0.2)
        if quiet:
            continue
        for chat in list(api.chats.values()):
            for shown in chat.messages():
                if known.get(shown.id) != shown:
                    known[shown.id] = shown
                    mark = " (edited)" if shown.edited else ""
                    print(f"{chat}{mark}: {shown.text}\n  {shown.buttons}", flush=True)
        for violation in api.violations[broken:]:
            print(f"! {violation.method}: {violation.reason}", flush=True)
        broken = len(api.violations)
