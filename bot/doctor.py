"""What an operator asks first: is everything there and at work, and if not, what to do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from psl.settings import PROJECT_ROOT, Settings

ANSWER_SECONDS: Final = 3.0
# Notices that were given up within this time are worth a look.
RECENT: Final = timedelta(days=1)


class Wrong(Exception):
    """Something is not as it should be; the message says what to do."""


def examine(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Each check's name, and None or what is wrong with what to do.

    What is in the tables is looked at only if the tables are the program's.
    """
    checks: list[tuple[str, Callable[[Settings], None]]] = [
        ("guide (data/guide)", _guide),
        ("sentence encoder", _encoder),
        ("trained model", _model),
        ("database", _database),
    ]
    if settings.telegram_token.get_secret_value():
        checks.insert(-1, ("Telegram", _telegram))
    of_records: list[tuple[str, Callable[[Settings], None]]] = [
        ("referrals are taken up in time", _overdue),
        ("notices reach agents", _undeliverable),
        ("referral engine of the running server", _engine),
    ]
    found: str | None = None
    for name, check in checks:
        yield name, (found := _wrong(check, settings))
    if found is None:
        for name, check in of_records:
            yield name, _wrong(check, settings)


def _wrong(check: Callable[[Settings], None], settings: Settings) -> str | None:
    try:
        check(settings)
    except Wrong as error:
        return str(error)
    except Exception as error:  # a check may fail in any way; all of them are told
        return f"{type(error).__name__}: {error}"
    return None


# What must be there -------------------------------------------------------------------------------


def _guide(settings: Settings) -> None:
    from psl.guide import load_guide

    load_guide(settings.guide_dir, settings)


def _encoder(settings: Settings) -> None:
    from bot.nlu.encoder import SentenceEncoder

    SentenceEncoder(settings.encoder_model, settings.encoder_tokenizer)


def _model(settings: Settings) -> None:
    from bot.training import model_path

    if not model_path(settings).is_file():
        raise Wrong("There is no model for the present training data: run `psl train`.")


def _database(settings: Settings) -> None:
    from alembic.script import ScriptDirectory

    from psl.database import Database

    door = Database(settings.sqlalchemy_url())
    if door.is_sqlite and not Path(door.url.database or "").is_file():
        # Looking would make an empty one.
        raise Wrong("There is none yet: start, or run `psl db upgrade`.")
    try:
        with door.reading() as session:
            made = inspect(session.connection()).has_table("alembic_version")
            found = (
                session.scalar(text("SELECT version_num FROM alembic_version")) if made else None
            )
    finally:
        door.close()
    needed = ScriptDirectory(str(PROJECT_ROOT / "psl" / "migrations")).get_current_head()
    if found != needed:
        raise Wrong(
            f"Its tables are of version {found or 'none'}, the program needs {needed}: run "
            "`psl db upgrade`, or get the program that made them."
        )


def _telegram(settings: Settings) -> None:
    """Asks the Bot API who the bot is; no message of its client's is shown, they hold the token."""
    token = settings.telegram_token.get_secret_value()
    address = f"{settings.telegram_api_url.rstrip('/')}/bot{token}/getMe"
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as answer:
            known = json.load(answer).get("ok")
    except urllib.error.HTTPError as error:
        if error.code in {401, 404}:
            raise Wrong("It refuses PSL_TELEGRAM_TOKEN: take the token from @BotFather.") from None
        raise Wrong(f"It answers with an error ({error.code}); try again later.") from None
    except Exception as error:
        raise Wrong(
            f"{settings.telegram_api_url} does not answer ({type(error).__name__}): look at the "
            "network, or at PSL_TELEGRAM_API_URL."
        ) from None
    if known is not True:
        raise Wrong("What answers is no Bot API server: look at PSL_TELEGRAM_API_URL.")


# What must be at work -----------------------------------------------------------------------------


def _overdue(settings: Settings) -> None:
    from psl.database import Database
    from psl.referrals.auditor import overdue

    door = Database(settings.sqlalchemy_url())
    try:
        found = {name: numbers for name, numbers in overdue(door).items() if numbers}
    finally:
        door.close()
    if found:
        listed = "; ".join(f"{name}: {', '.join(numbers[:5])}" for name, numbers in found.items())
        raise Wrong(f"No engine takes them up. Start `psl serve` or `psl work`. {listed}")


def _undeliverable(settings: Settings) -> None:
    from psl.database import Database
    from psl.notices import Notices

    door = Database(settings.sqlalchemy_url())
    try:
        with door.reading() as session:
            since = door.now(session) - RECENT
        lost = Notices(door).undeliverable()
    finally:
        door.close()
    count = sum(n.undeliverable_at is not None and n.undeliverable_at >= since for n in lost)
    if count:
        raise Wrong(
            f"{count} could not be delivered since yesterday: see `psl notice undeliverable`."
        )


def _engine(settings: Settings) -> None:
    """Asks the server; without one there is nothing to find, but see what is overdue."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    try:
        with urllib.request.urlopen(
            f"http://{host}:{settings.port}/readyz", timeout=ANSWER_SECONDS
        ) as answer:
            state = json.load(answer)
    except urllib.error.HTTPError as error:
        state = json.load(error)
    except OSError:
        return
    if state.get("engine") == "stopped":
        raise Wrong("It stopped: restart the server, and read its log.")
