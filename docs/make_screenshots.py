"""Make the pictures of the documentation: the real assistant, on a free port, in a real browser.

Run `.venv/bin/python docs/make_screenshots.py`; Chromium must be installed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from bot import logs
from bot.app import create_app
from psl.demo import load_demo
from psl.services import Services, build_services
from psl.settings import Settings

IMAGES = Path(__file__).parent / "images"
QUESTIONS = ("How long do I have to accept a referral?", "Help me get ready to call PSL")
# Avery Ashgrove of the demo roster: registered, round the clock.
AGENT = "610200"
RESIDENT = {
    "first_name": "Maria",
    "last_name": "Example",
    "phone": "502-555-0177",
    "preferred_contact": "phone",
    "zip": "40202",
    "note": "I lost my coverage at work",
}


@contextmanager
def serving(**told: Any) -> Iterator[tuple[str, Services]]:
    """The product with the demo roster alone; its address and its records. ``told`` are settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), port=port, **told)
        logs.configure("WARNING")
        services = build_services(settings)
        load_demo(services.roster, services.registrations)
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings, services), port=port, log_level="warning")
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", services
        finally:
            server.should_exit = True
            thread.join()


@asynccontextmanager
async def page_of(browser: Browser, address: str, height: int) -> AsyncIterator[Page]:
    """A new visitor's page."""
    page = await browser.new_page(
        viewport={"width": 820, "height": height},
        locale="en-US",
        timezone_id="America/New_York",
    )
    await page.goto(address)
    yield page
    await page.close()


async def say(page: Page, text: str) -> None:
    """Send a message and wait for the whole answer."""
    replies = page.locator("#log .assistant")
    before = await replies.count()
    await page.get_by_label("Your message").fill(text)
    await page.get_by_label("Your message").press("Enter")
    await replies.nth(before).wait_for()
    await page.locator("#typing").wait_for(state="hidden")


async def keep(page: Page, name: str) -> None:
    """Store what is shown."""
    IMAGES.mkdir(exist_ok=True)
    await page.screenshot(path=IMAGES / name)


def ask_for_a_call(address: str) -> None:
    """A resident's request, over the API."""
    request = urllib.request.Request(
        f"{address}/api/on-demand/requests",
        json.dumps(RESIDENT).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()


async def questions(browser: Browser, address: str) -> None:
    """A question, then the checklist's first step."""
    async with page_of(browser, address, 1100) as page:
        await page.get_by_text("Connected", exact=True).wait_for()
        for text in QUESTIONS:
            await say(page, text)
        await page.get_by_label("Your message").blur()
        await keep(page, "chat.png")


async def referral(browser: Browser, address: str, services: Services) -> None:
    """A referral comes in, is accepted, and is set Complete."""
    async with page_of(browser, address, 1180) as page:
        await page.get_by_text("Connected", exact=True).wait_for()
        await say(page, f"link {services.roster.issue_code(AGENT)}")
        await asyncio.to_thread(ask_for_a_call, address)
        await page.get_by_text("General referral").wait_for()
        await say(page, "accept")
        await say(page, "she enrolled")
        await page.get_by_label("Your message").blur()
        await keep(page, "referral.png")


async def resident(browser: Browser, address: str) -> None:
    """The page where residents ask for a call."""
    async with page_of(browser, f"{address}/request", 1000) as page:
        await page.get_by_role("heading", level=1).wait_for()
        await keep(page, "request.png")


async def pictures(address: str, services: Services) -> None:
    """All of them."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        await questions(browser, address)
        await referral(browser, address, services)
        await resident(browser, address)
        await browser.close()


if __name__ == "__main__":
    with serving() as (address, services):
        asyncio.run(pictures(address, services))
