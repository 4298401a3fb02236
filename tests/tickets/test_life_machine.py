"""Tickets against a simple model: whatever is done in whatever order, both agree."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from psl.agents.service import Roster
from psl.database import Database
from psl.errors import BadInput, IllegalMove, Incomplete, NotLinked, PslError
from psl.guide import Guide
from psl.numbers import is_plausible
from psl.settings import Settings
from psl.tickets.rules import MOVES, UNSKIPPABLE, Actor, Status
from psl.tickets.service import NewIssue, Owner, Tickets
from tests.conftest import ROSTER, Clock

FIELDS = (
    "what_happened case_number application_number system screen error browser members tried agency "
    "doi_number role enrollment"
)
field_names = st.sampled_from(FIELDS.split())
values = st.sampled_from(["one", "two", ""])


def machine(template: Path, guide: Guide) -> type[RuleBasedStateMachine]:
    class TicketLife(RuleBasedStateMachine):
        tickets = Bundle("tickets")

        @initialize()
        def open(self) -> None:
            self.folder = Path(tempfile.mkdtemp())
            shutil.copy(template, self.folder / "psl.db")
            settings = Settings(_env_file=None, data_dir=self.folder)
            self.db = Database(f"sqlite:///{self.folder / 'psl.db'}", Clock())
            roster = Roster(self.db, settings, b"key")
            roster.import_csv(ROSTER)
            self.robin = Owner("web:robin", roster.by_doi_number("700100").id)
            self.guest = Owner("web:guest")
            self.tickets_service = Tickets(self.db, guide, settings)
            self.model: dict[int, dict] = {}

        def teardown(self) -> None:
            if hasattr(self, "db"):
                self.db.close()
                shutil.rmtree(self.folder)

        def refused(self, kind: type[PslError], call, *args, **kwargs) -> None:
            with pytest.raises(kind):
                call(*args, **kwargs)

        def missing(self, one: dict) -> list[str]:
            known = set(one["details"]) | one["waived"]
            if {"case_number", "application_number"} & set(one["details"]):
                known.add("case_or_application")
            kind = next(k for k in guide.ticket_kinds if k.id == one["kind"])
            return [f for f in kind.fields if f not in known]

        @rule(
            target=tickets,
            words=st.sampled_from(["error on page", "mfa", "hello"]),
            as_guest=st.booleans(),
        )
        def start(self, words: str, as_guest: bool) -> int:
            owner = self.guest if as_guest else self.robin
            (draft,) = self.tickets_service.start(owner, [NewIssue(words=words)])
            known = {"agency": "Example Insurance", "doi_number": "700100", "role": "Agent"}
            self.model[draft.id] = {
                "owner": owner,
                "status": Status.DRAFT,
                "kind": {"error on page": "technical", "mfa": "account"}.get(words, "other"),
                "details": {} if as_guest else known,
                "waived": set(),
                "number": None,
                "notes": [],
                "events": 1,
            }
            return draft.id

        @rule(ticket=tickets, field=field_names, value=values)
        def fill(self, ticket: int, field: str, value: str) -> None:
            one = self.model[ticket]
            call = (self.tickets_service.fill, one["owner"], ticket, {field: value})
            if one["status"] != Status.DRAFT:
                return self.refused(IllegalMove, *call)
            call[0](*call[1:])
            if value:
                one["details"] = {**one["details"], field: value}
                one["waived"] -= {field}
            return None

        @rule(ticket=tickets)
        def fill_what_is_missing(self, ticket: int) -> None:
            one = self.model[ticket]
            details = {
                "case_number" if f == "case_or_application" else f: "all" for f in self.missing(one)
            }
            if one["status"] == Status.DRAFT:
                self.tickets_service.fill(one["owner"], ticket, details)
                one["details"] = {**one["details"], **details}
                one["waived"] -= set(details)

        @rule(ticket=tickets, field=field_names)
        def waive(self, ticket: int, field: str) -> None:
            one = self.model[ticket]
            call = (self.tickets_service.fill, one["owner"], ticket, {})
            if field in UNSKIPPABLE:
                return self.refused(BadInput, *call, waive=[field])
            if one["status"] != Status.DRAFT:
                return self.refused(IllegalMove, *call, waive=[field])
            call[0](*call[1:], waive=[field])
            one["waived"] |= {field} - set(one["details"])
            return None

        @rule(ticket=tickets, field=st.one_of(field_names, st.just("case_or_application")))
        def clear(self, ticket: int, field: str) -> None:
            one = self.model[ticket]
            if one["status"] != Status.DRAFT:
                return self.refused(
                    IllegalMove, self.tickets_service.clear, one["owner"], ticket, field
                )
            self.tickets_service.clear(one["owner"], ticket, field)
            gone = {field}
            if field == "case_or_application":
                gone |= {"case_number", "application_number"}
            one["details"] = {k: v for k, v in one["details"].items() if k not in gone}
            one["waived"] -= gone
            return None

        @rule(ticket=tickets)
        def submit(self, ticket: int) -> None:
            one = self.model[ticket]
            call = (self.tickets_service.submit, one["owner"], ticket)
            if one["owner"] == self.guest:
                return self.refused(NotLinked, *call)
            if one["number"]:
                assert call[0](*call[1:]).number == one["number"]
                return None
            if one["status"] == Status.DISCARDED:
                return self.refused(IllegalMove, *call)
            if self.missing(one):
                return self.refused(Incomplete, *call)
            one["number"] = call[0](*call[1:]).number
            one["status"] = Status.SUBMITTED
            one["events"] += 1
            return None

        @rule(ticket=tickets, text=st.sampled_from(["more", "and more"]))
        def note(self, ticket: int, text: str) -> None:
            one = self.model[ticket]
            call = (self.tickets_service.add_note, one["owner"], ticket, text)
            if one["status"] in {Status.DRAFT, Status.DISCARDED, Status.CLOSED}:
                return self.refused(IllegalMove, *call)
            call[0](*call[1:])
            one["notes"].append(text)
            one["events"] += 1
            if one["status"] == Status.WAITING_ON_AGENT:
                one["status"] = Status.IN_PROGRESS
                one["events"] += 1
            return None

        @rule(
            ticket=tickets,
            wanted=st.sampled_from([s for s in Status if s != Status.SUBMITTED]),
            actor=st.sampled_from(Actor),
        )
        def move(self, ticket: int, wanted: Status, actor: Actor) -> None:
            one = self.model[ticket]
            call = (self.tickets_service.move, one["owner"], ticket, wanted, actor, "why")
            if wanted == one["status"]:
                call[0](*call[1:])
            elif actor in MOVES[one["status"]].get(wanted, ()):
                call[0](*call[1:])
                one["status"] = wanted
                one["events"] += 1
            else:
                self.refused(IllegalMove, *call)

        @rule(ticket=consumes(tickets), back=st.booleans())
        def drop(self, ticket: int, back: bool) -> None:
            one = self.model[ticket]
            if one["status"] != Status.DRAFT:
                return
            self.tickets_service.discard(one["owner"], ticket)
            one["status"], one["events"] = Status.DISCARDED, one["events"] + 1
            if back:
                self.tickets_service.restore(one["owner"], ticket)
                one["status"], one["events"] = Status.DRAFT, one["events"] + 1

        @invariant()
        def agrees(self) -> None:
            for ticket, one in getattr(self, "model", {}).items():
                real = self.tickets_service.draft(one["owner"], ticket)
                assert real.status == one["status"]
                assert real.details == one["details"]
                assert set(real.waived) == one["waived"]
                assert real.number == one["number"]
                assert (real.number is None) == (real.status in {"Draft", "Discarded"})
                assert real.number is None or is_plausible(real.number)
                assert real.case_number == one["details"].get("case_number")
                assert real.application_number == one["details"].get("application_number")
                assert self.tickets_service.missing(real) == self.missing(one)
                assert [n.text for n in self.tickets_service.notes(ticket)] == one["notes"]
                assert len(self.tickets_service.history(ticket)) == one["events"]
            given = [o["number"] for o in getattr(self, "model", {}).values() if o["number"]]
            assert len(given) == len(set(given))

    return TicketLife


def test_the_life_of_tickets(sqlite_template: Path, guide: Guide) -> None:
    run_state_machine_as_test(
        machine(sqlite_template, guide),
        settings=limits(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        ),
    )
