"""Keys of the JSON API: shown once, kept as a hash, revoked by name."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from psl import audit
from psl.database import Base, Database, Instant
from psl.errors import BadInput, NotYours

BOOTSTRAP: Final = "PSL_API_KEY"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_PREFIX: Final = "psl_"


class ApiKey(Base):
    """Who may call the API. Of a key of 256 random bits a plain hash tells nothing."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Keys:
    """Makes keys, revokes them, and says whose a key is."""

    def __init__(self, database: Database, bootstrap: str = "") -> None:
        """``bootstrap`` is the key of the settings; empty if there is none."""
        self._db = database
        self._bootstrap = bootstrap

    def add(self, name: str) -> str:
        """A new key for ``name``. It is returned this once; nobody can read it again.

        Raises:
            BadInput: the name cannot be used, or was used before.
        """
        if not _NAME.fullmatch(name) or name == BOOTSTRAP:
            raise BadInput("A key's name is 1 to 30 letters, digits, dots or dashes: kynect-live.")
        key = _PREFIX + secrets.token_urlsafe(32)

        def work(session: Session) -> str:
            if session.scalar(select(ApiKey.id).where(ApiKey.name == name)) is not None:
                raise BadInput(f"There is, or was, a key called {name}. Choose another name.")
            now = self._db.now(session)
            session.add(ApiKey(name=name, key_hash=_hash(key), created_at=now))
            _record(session, now, name, "key added")
            return key

        return self._db.run(work)

    def revoke(self, name: str) -> bool:
        """End a key, at once; False if it was revoked already.

        Raises:
            NotYours: there is no such key.
        """

        def work(session: Session) -> bool:
            kept = session.scalar(select(ApiKey).where(ApiKey.name == name).with_for_update())
            if kept is None:
                raise NotYours(f"There is no key called {name}.")
            if kept.revoked_at is not None:
                return False
            kept.revoked_at = self._db.now(session)
            _record(session, kept.revoked_at, name, "key revoked")
            return True

        return self._db.run(work)

    def all(self) -> list[ApiKey]:
        """Every key, also those revoked, oldest first."""
        with self._db.reading() as session:
            return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))

    def owner(self, given: str) -> str | None:
        """The name of a key that is good; None for any other."""
        if not given:
            return None
        if self._bootstrap and hmac.compare_digest(given.encode(), self._bootstrap.encode()):
            return BOOTSTRAP
        # The look-up's time can tell of the hash only, and from a hash nobody finds a key.
        with self._db.reading() as session:
            kept = session.scalar(
                select(ApiKey).where(ApiKey.key_hash == _hash(given), ApiKey.revoked_at.is_(None))
            )
        if kept is None or not hmac.compare_digest(kept.key_hash, _hash(given)):
            return None
        return kept.name


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _record(session: Session, at: datetime, name: str, action: str) -> None:
    audit.record(session, at, subject=f"key:{name}", actor="operator", action=action)
