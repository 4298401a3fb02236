"""All services, put together from settings: what actions, desk and bot are given."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from psl.agents.registration import Registrations
from psl.agents.service import Roster
from psl.attachments import Attachments
from psl.buttons import Buttons
from psl.checklists import Checklists
from psl.database import Database
from psl.details import Reader, shared_reader
from psl.follow_ups import FollowUps
from psl.guide import Guide, load_guide
from psl.handovers import Handovers
from psl.keys import Keys
from psl.notices import Notices
from psl.referrals.engine import Engine
from psl.referrals.service import Referrals
from psl.settings import Settings
from psl.tickets.service import Owner, Tickets


@dataclass(frozen=True)
class Services:
    """One of each; none holds state of its own beside the database."""

    settings: Settings
    guide: Guide
    database: Database
    roster: Roster
    registrations: Registrations
    referrals: Referrals
    engine: Engine
    tickets: Tickets
    attachments: Attachments
    checklists: Checklists
    follow_ups: FollowUps
    handovers: Handovers
    notices: Notices
    buttons: Buttons
    reader: Reader
    keys: Keys

    def owner(self, chat: str) -> Owner:
        """The chat and the agent it speaks for."""
        agent = self.roster.agent_of(chat)
        return Owner(chat, agent.id if agent else None)


def installation_key(data_dir: Path) -> bytes:
    """The installation's own secret, made at the first start, readable by its user only."""
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written in full beside it, then given its name: another process never reads half a key.
        draft = data_dir / f".{path.name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def build_services(settings: Settings) -> Services:
    """Everything, with the database migrated.

    Raises:
        GuideError: a file of ``data/guide`` is wrong.
    """
    guide = load_guide(settings.guide_dir, settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url())
    database.upgrade()
    tickets = Tickets(database, guide, settings)
    checklists = Checklists(database, guide.checklists)
    follow_ups = FollowUps(database, settings)
    attachments = Attachments(database, settings, tickets)
    adopt = (tickets.adopt, attachments.adopt, checklists.adopt, follow_ups.adopt)
    return Services(
        settings=settings,
        guide=guide,
        database=database,
        roster=Roster(database, settings, installation_key(settings.data_dir), adopt),
        registrations=Registrations(database, guide, settings),
        referrals=Referrals(database, settings),
        engine=Engine(database, settings),
        tickets=tickets,
        attachments=attachments,
        checklists=checklists,
        follow_ups=follow_ups,
        handovers=Handovers(database),
        notices=Notices(database, settings.notice_attempts),
        buttons=Buttons(database),
        reader=shared_reader(settings.guide_dir),
        keys=Keys(database, settings.api_key.get_secret_value()),
    )
