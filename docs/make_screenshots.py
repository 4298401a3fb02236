"""Make the pictures of the documentation: the real assistant, on a free port, in a real browser.

Run `.venv/bin/python docs/make_screenshots.py`; Chromium must be installed.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.async_api import Page, async_playwright

from bot import logs
from bot.app import create_app
from psl.settings import Settings

IMAGES = Path(__file__).parent / "images"
CONVERSATION = ("How long do I have to accept a referral?", "Help me get ready to call PSL")


@contextmanager
def serving() -> Iterator[str]:
    """The product with an empty database; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), port=port)
        logs.configure("WARNING")
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), port=port, log_level="warning")
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


async def say(page: Page, text: str) -> None:
    """Send a message and wait for the whole answer."""
    replies = page.locator("#log .assistant")
    before = await replies.count()
    await page.get_by_label("Your message").fill(text)
    await page.get_by_label("Your message").press("Enter")
    await replies.nth(before).wait_for()
    await page.locator("#typing").wait_for(state="hidden")


async def picture(address: str) -> None:
    """A short conversation: a question, then the checklist's first step."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(
            viewport={"width": 820, "height": 1100},
            locale="en-US",
            timezone_id="America/New_York",
        )
        await page.goto(address)
        await page.get_by_text("Connected", exact=True).wait_for()
        for text in CONVERSATION:
            await say(page, text)
        await page.get_by_label("Your message").blur()
        IMAGES.mkdir(exist_ok=True)
        await page.screenshot(path=IMAGES / "chat.png")
        await browser.close()


if __name__ == "__main__":
    with serving() as address:
        asyncio.run(picture(address))
