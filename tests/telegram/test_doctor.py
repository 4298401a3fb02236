"""`psl doctor` and the bot."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from bot.doctor import examine
from psl.settings import Settings
from tests.telegram.bot_api import BotApi


def found(folder: Path, api: BotApi, **told: object) -> str | None:
    given = {"telegram_token": SecretStr(api.token), "telegram_api_url": api.address, **told}
    return dict(examine(Settings(_env_file=None, data_dir=folder, **given)))["Telegram"]


def test_doctor_asks_telegram_who_the_bot_is(bot_api: BotApi, tmp_path: Path) -> None:
    assert found(tmp_path, bot_api) is None
    wrong = found(tmp_path, bot_api, telegram_token=SecretStr("1:wrong"))
    assert wrong is not None
    assert "BotFather" in wrong
    assert "1:wrong" not in wrong
    bot_api.fail("getMe", status=502, body="<html>")
    assert "502" in str(found(tmp_path, bot_api))
    bot_api.down()
    gone = str(found(tmp_path, bot_api))
    assert "does not answer" in gone
    assert bot_api.token not in gone
    spaced = str(found(tmp_path, bot_api, telegram_token=SecretStr("1:with a space")))
    assert "with a space" not in spaced


def test_without_a_token_nothing_is_asked(tmp_path: Path) -> None:
    assert "Telegram" not in dict(examine(Settings(_env_file=None, data_dir=tmp_path)))
