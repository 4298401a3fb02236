"""Draw a Telegram conversation for the documentation, from what a test Bot API server recorded.

The product runs as always, but talks to the server of `tests/telegram`; an invented agent presses
its buttons. Nothing of Telegram's own is used or shown: the page below draws the messages, their
marked text and their buttons as the bot sent them.

Run `.venv/bin/python docs/make_telegram_picture.py`; Chromium must be installed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from make_screenshots import AGENT, IMAGES, ask_for_a_call, serving
from playwright.async_api import async_playwright

from psl.services import Services
from tests.telegram.bot_api import BotApi
from tests.telegram.chats import Shown

QUESTION = "what do i need b4 calling psl"
OUTCOME = "Enrolled"
# A phone's screen.
WIDTH, HEIGHT = 400, 860
ZONE: Final = ZoneInfo("America/New_York")

STYLE = """
* { box-sizing: border-box; margin: 0; }
body { font: 15px/1.35 "DejaVu Sans", "Liberation Sans", sans-serif; background: #fff;
       display: inline-flex; gap: 24px; padding: 16px; }
.phone { border: 1px solid #b6bec6; border-radius: 22px; overflow: hidden; display: flex;
         flex-direction: column; background: #dfe7ee; }
header { background: #fff; padding: 14px 18px; border-bottom: 1px solid #cbd3da; }
header b { display: block; } header span { color: #66727d; font-size: 12px; }
.chat { flex: 1; overflow: hidden; padding: 10px; display: flex; flex-direction: column;
        justify-content: flex-end; gap: 8px; }
.message { max-width: 88%; align-self: flex-start; flex-shrink: 0; }
.mine { align-self: flex-end; }
.text { background: #fff; border-radius: 12px; padding: 8px 11px; white-space: pre-wrap;
        overflow-wrap: anywhere; font-size: 13.5px; }
.mine .text { background: #d9f2c8; }
.text time { float: right; margin: 5px 0 0 12px; color: #66727d; font-size: 11px; }
code { color: #1d5f99; font-family: "DejaVu Sans Mono", monospace; font-size: 12.5px; }
.row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; background: #7f97ab; color: #fff; border-radius: 8px; padding: 7px 4px;
            text-align: center; font-size: 13px; }
"""


def drawn(message: Shown) -> str:
    """A message as HTML; the bot's text is the HTML that it sent."""
    # The app shows no more than this of a deep link.
    typed = "/start" if message.text.startswith("/start ") else message.text
    text = message.html if message.by_bot else escape(typed)
    at = datetime.fromtimestamp(message.edited_at or message.date, ZONE)
    # The app says so of another text, not of other buttons.
    edited = "edited " if message.versions and message.versions[-1] != message.text else ""
    rows = "".join(
        f'<div class="row">{"".join(f"<span>{escape(title)}</span>" for title, _ in row)}</div>'
        for row in message.buttons
    )
    whose = "message" if message.by_bot else "message mine"
    return (
        f'<div class="{whose}"><div class="text">{text}'
        f"<time>{edited}{at:%-I:%M %p}</time></div>{rows}</div>"
    )


def phone(name: str, messages: Sequence[Shown]) -> str:
    """A screen with the latest of these messages."""
    head = f"<header><b>{escape(name)}</b><span>bot</span></header>"
    size = f"width: {WIDTH}px; height: {HEIGHT}px"
    shown = "".join(map(drawn, messages))
    return f'<div class="phone" style="{size}">{head}<div class="chat">{shown}</div></div>'


def talk(api: BotApi, address: str, services: Services) -> list[list[Shown]]:
    """The conversation; the chat as it was before the offer was answered, and at the end."""
    agent = api.user("Avery")
    agent.start(services.roster.issue_code(AGENT))
    linked = agent.shows("What can I do for you", 30)
    agent.say(QUESTION)
    answer = agent.shows("Have these ready", after=linked)
    ask_for_a_call(address)
    offer = agent.shows("General referral", after=answer)
    before = agent.everything()
    agent.press(offer, "Accept")
    card = agent.shows("502-555-", after=offer)
    agent.press(card, "Complete")
    asked = agent.shows("How did", after=card)
    agent.press(asked, OUTCOME)
    agent.shows("is Complete", after=asked)
    # Buttons of earlier messages go beside the answer.
    agent.wait(lambda shown: not any(message.titles for message in shown[:-1]))
    return [before, agent.everything()]


async def draw(chats: Sequence[Sequence[Shown]], name: str) -> None:
    """Both moments side by side."""
    phones = "".join(phone(name, messages) for messages in chats)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 2 * WIDTH + 60, "height": HEIGHT + 40})
        await page.set_content(f"<style>{STYLE}</style>{phones}")
        await page.locator("body").screenshot(path=IMAGES / "telegram.png")
        await browser.close()


if __name__ == "__main__":
    with (
        BotApi() as api,
        serving(telegram_token=api.token, telegram_api_url=api.address) as (address, services),
    ):
        chats = talk(api, address, services)
        assert api.violations == [], api.violations
        asyncio.run(draw(chats, str(api.bot_user["first_name"])))
