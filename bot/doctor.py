"""What an operator asks first: is everything there, and if not, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from psl.settings import Settings


def examine(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Each check's name, and None or what is wrong with what to do."""

    def guide() -> None:
        from psl.guide import load_guide

        load_guide(settings.guide_dir, settings)

    def database() -> None:
        from psl.database import Database

        door = Database(settings.sqlalchemy_url())
        try:
            with door.transaction() as session:
                session.execute(text("SELECT 1 FROM ticket LIMIT 1"))
        except OperationalError as error:
            raise LookupError("the tables are missing: run `psl db upgrade`") from error
        door.close()

    def encoder() -> None:
        from bot.nlu.encoder import SentenceEncoder

        SentenceEncoder(settings.encoder_model, settings.encoder_tokenizer)

    def model() -> None:
        from bot.training import model_path

        if not model_path(settings).is_file():
            raise FileNotFoundError("no model for the present training data: run `psl train`")

    checks: list[tuple[str, Callable[[], None]]] = [
        ("guide (data/guide)", guide),
        ("database", database),
        ("sentence encoder", encoder),
        ("trained model", model),
    ]
    for name, check in checks:
        try:
            check()
        except Exception as error:  # a check may fail in any way; all of them are told
            yield name, f"{type(error).__name__}: {error}"
        else:
            yield name, None
