"""`psl referral`: requests, how they stand, why the engine chose as it did, how the promise is kept.

A resident's name, phone, e-mail and note are printed by `show --contact` only, which is recorded.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.shared import AsJson, as_json, at, facts, services, table

if TYPE_CHECKING:
    from psl.referrals.models import Decision, Referral
    from psl.referrals.report import Tally
    from psl.services import Services

app = typer.Typer(no_args_is_help=True, help="kynect On Demand referrals.")

Number = Annotated[str, typer.Argument(metavar="REFERRAL", help="such as R-4821-7308")]

# So many agents of a Mass are named; --json has them all.
_NAMED = 20


class Contact(StrEnum):
    """How a resident wants to be reached."""

    phone = "phone"
    text = "text"
    email = "email"


class Shown(StrEnum):
    """The statuses that `list` can be asked for."""

    pending = "Pending"
    in_progress = "In Progress"
    complete = "Complete"
    cancelled = "Cancelled"
    unfilled = "Unfilled"


# Requests -----------------------------------------------------------------------------------------


@app.command("request")
def request(
    first_name: Annotated[str, typer.Option()],
    last_name: Annotated[str, typer.Option()],
    zip_code: Annotated[str, typer.Option("--zip")],
    phone: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option()] = None,
    preferred_contact: Annotated[Contact, typer.Option()] = Contact.phone,
    language: Annotated[str, typer.Option()] = "English",
    note: Annotated[str, typer.Option()] = "",
    key: Annotated[
        str | None, typer.Option(max=255, help="The same key again makes no second request.")
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """Ask for a call-back for a resident, as the API does; an agent is looked for at once."""
    from pydantic import ValidationError

    from desk.problems import problems_of
    from desk.progress import told
    from desk.reception import Reception
    from desk.texts import texts
    from psl.referrals.intake import Request

    given: dict[str, Any] = {
        "first_name": first_name,
        "last_name": last_name,
        "phone": phone,
        "email": email,
        "preferred_contact": preferred_contact.value,
        "zip": zip_code,
        "language": language,
        "note": note,
    }
    words = texts("en")
    try:
        asked = Request.model_validate(given)
    except ValidationError as error:
        for problem in problems_of(error.errors(include_url=False), words, given).detail:
            typer.secho(f"{problem.field}: {problem.message}", fg="red", err=True)
        raise typer.Exit(1) from None
    records = services()
    standing, is_new = Reception(records).request(asked, f"psl:{key}" if key else None)
    said = told(standing, records, words)
    row = _row(standing.referral) | {"already": not is_new, "message": said}
    if as_json_:
        as_json(row)
        return
    typer.echo(f"{row['referral']}{'' if is_new else '  (asked already)'}")
    typer.echo(said)


@app.command("cancel")
def cancel(referral: Number) -> None:
    """Cancel a referral for the resident; the agents who were asked are told."""
    records = services()
    records.referrals.cancel(_number(referral), actor="operator")
    typer.echo(f"{_shown(referral)} is cancelled.")


# Looking ------------------------------------------------------------------------------------------


@app.command("list")
def list_referrals(
    status: Annotated[Shown | None, typer.Option(help="only these")] = None,
    limit: Annotated[int, typer.Option(min=1, help="the latest so many")] = 50,
    as_json_: AsJson = False,
) -> None:
    """The latest referrals, without any resident's data."""
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    from psl.referrals.models import Referral

    records = services()
    query = select(Referral).options(joinedload(Referral.holder)).order_by(Referral.id.desc())
    if status is not None:
        query = query.where(Referral.status == status.value)
    with records.database.reading() as session:
        found = session.scalars(query.limit(limit)).all()
    rows = [_row(referral) for referral in found]
    if as_json_:
        as_json(rows)
        return
    head = ("referral", "status", "stage", "county", "language", "asked", "promised by", "agent")
    table(
        head,
        [
            (
                *(row[name] for name in ("referral", "status", "stage", "county", "language")),
                at(row["requested_at"]),
                at(row["promised_by"]),
                row["agent"] or "-",
            )
            for row in rows
        ],
    )


@app.command("show")
def show(
    referral: Number,
    contact: Annotated[
        bool, typer.Option("--contact", help="Also the resident's data; this is recorded.")
    ] = False,
    as_json_: AsJson = False,
) -> None:
    """One referral: its times, the offers and what became of them, what happened."""
    records = services()
    kept = records.referrals.by_number(_number(referral))
    row = _row(kept)
    row["offers"] = _offers(records, kept)
    row["events"] = [
        {"at": event.at, "by": event.actor, "what": event.action, "reason": event.reason}
        for event in records.referrals.events(kept.number)
    ]
    if contact:
        row["contact"] = _contact(records, kept)
    if as_json_:
        as_json(row)
        return
    offers, events, resident = row.pop("offers"), row.pop("events"), row.pop("contact", None)
    facts(row)
    if resident is not None:
        typer.echo("\nResident")
        facts(resident, "  ")
    if offers:
        typer.echo("\nOffers")
        table(
            ("agent", "name", "type", "state", "offered", "until", "answered", "counts"),
            [
                (
                    each["agent"],
                    each["name"],
                    each["type"],
                    each["state"],
                    *(at(each[name]) for name in ("offered_at", "closes_at", "answered_at")),
                    "yes" if each["counted"] else "-",
                )
                for each in offers
            ],
            "  ",
        )
    typer.echo("\nEvents")
    table(
        ("at", "by", "what", "reason"),
        [(at(each["at"]), each["by"], each["what"], each["reason"]) for each in events],
        "  ",
    )


def _contact(records: Services, referral: Referral) -> dict[str, Any]:
    from psl.referrals import ledger

    with records.database.transaction() as session:
        now = records.database.now(session)
        ledger.note(session, now, referral, "operator", "contact shown", "psl referral show")
    names = ("first_name", "last_name", "phone", "email", "preferred_contact", "note", "wiped_at")
    return {name: getattr(referral, name) for name in names}


def _offers(records: Services, referral: Referral) -> list[dict[str, Any]]:
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    from psl.referrals.models import Offer

    query = (
        select(Offer)
        .options(joinedload(Offer.agent))
        .where(Offer.referral_id == referral.id)
        .order_by(Offer.id)
    )
    with records.database.reading() as session:
        return [
            {
                "agent": offer.agent.doi_number,
                "name": offer.agent.name,
                "type": offer.kind,
                "state": offer.state,
                "offered_at": offer.offered_at,
                "closes_at": offer.closes_at,
                "answered_at": offer.answered_at,
                "reason": offer.reason,
                "counted": offer.counted,
            }
            for offer in session.scalars(query)
        ]


# Why ----------------------------------------------------------------------------------------------


@app.command("explain")
def explain(referral: Number, as_json_: AsJson = False) -> None:
    """Why the engine put a referral to whom it did: candidates, terms of their scores, order."""
    records = services()
    number = _number(referral)
    names = {agent.id: (agent.doi_number, agent.name) for agent in records.roster.agents()}
    decisions = records.referrals.decisions(number)
    if as_json_:
        as_json([_decision(each, names) for each in decisions])
        return
    row = _row(records.referrals.by_number(number))
    typer.echo(f"{row['referral']}  {row['status']}, {row['county']}, {row['language']}")
    for place, each in enumerate(decisions, 1):
        typer.echo(f"\n{place}. {at(each.at)}  {each.outcome}: {each.why}")
        if each.outcome == "General":
            _explain_general(each, names)
        elif each.outcome == "Mass":
            _explain_mass(each, names)
    if not decisions:
        typer.echo("Nothing was decided yet.")


def _decision(decision: Decision, names: dict[int, tuple[str, str]]) -> dict[str, Any]:
    return {
        "at": decision.at,
        "outcome": decision.outcome,
        "why": decision.why,
        "seed": decision.seed,
        "chosen": names[decision.chosen_id][0] if decision.chosen_id is not None else None,
        "candidates": [
            {"doi_number": names[each["agent_id"]][0]}
            | {key: value for key, value in each.items() if key != "agent_id"}
            for each in decision.candidates
        ],
    }


def _explain_general(decision: Decision, names: dict[int, tuple[str, str]]) -> None:
    terms = list(decision.candidates[0]["terms"]) if decision.candidates else []
    table(
        ("", "agent", "name", "miles", "misses", "recent", "in hand", *terms, "score", "draw"),
        [
            (
                "→" if each["agent_id"] == decision.chosen_id else "",
                *names[each["agent_id"]],
                *(each[name] for name in ("miles", "misses", "recent", "in_hand")),
                *(f"{each['terms'][term]:.3f}" for term in terms),
                f"{each['score']:.3f}",
                f"{each['tie_break']:.3f}",
            )
            for each in decision.candidates
        ],
        "   ",
    )
    if decision.chosen_id is not None:
        doi_number, name = names[decision.chosen_id]
        typer.echo(
            f"   → {name} ({doi_number}): the highest score of those who were free. Equal scores "
            f"are drawn (seed {decision.seed})."
        )


def _explain_mass(decision: Decision, names: dict[int, tuple[str, str]]) -> None:
    typer.echo(f"   In this order (seed {decision.seed}):")
    for place, each in enumerate(decision.candidates[:_NAMED], 1):
        doi_number, name = names[each["agent_id"]]
        typer.echo(f"   {place:>4}. {name} ({doi_number})")
    if (more := len(decision.candidates) - _NAMED) > 0:
        typer.echo(f"   and {more} more; --json has them all")


# Accounts -----------------------------------------------------------------------------------------


@app.command("report")
def report(days: Annotated[int, typer.Option(min=1)] = 7, as_json_: AsJson = False) -> None:
    """How the promise of a call-back was kept: in all, by county, by language; and the misses."""
    from desk.texts import texts
    from psl.referrals.report import report as made

    records = services()
    found = made(records.database, days)
    promise = texts("en").span(records.settings.promise_seconds)
    if as_json_:
        as_json(
            {
                "since": found.since,
                "until": found.until,
                "promise_seconds": records.settings.promise_seconds,
                "total": _tally(found.total),
                "by_county": {name: _tally(each) for name, each in found.by_county.items()},
                "by_language": {name: _tally(each) for name, each in found.by_language.items()},
                "misses_counted": found.misses_counted,
                "misses_not_counted": found.misses_not_counted,
            }
        )
        return
    typer.echo(f"{at(found.since)} to {at(found.until)}; the promise is {promise}.\n")
    groups = [
        ("All", found.total),
        *found.by_county.items(),
        *found.by_language.items(),
    ]
    table(
        ("", "asked", "due", "accepted in time", "called in time", "median wait", "unfilled", "cancelled"),
        [
            (
                name,
                tally.requested,
                tally.due,
                _share(tally.share_accepted),
                _share(tally.share_called),
                _wait(tally.median_seconds),
                tally.unfilled,
                tally.cancelled,
            )
            for name, tally in groups
        ],
    )  # fmt: skip
    typer.echo(
        f"\nMissed offers: {found.misses_counted} counted, {found.misses_not_counted} not counted "
        "(their notice had not arrived)."
    )


@app.command("check")
def check(as_json_: AsJson = False) -> None:
    """Look for records that break an invariant; exit code 1 if there are any."""
    from psl.referrals.auditor import violations

    found = violations(services().database)
    broken = {name: numbers for name, numbers in found.items() if numbers}
    if as_json_:
        as_json(found)
    else:
        for name, numbers in broken.items():
            typer.secho(f"{name}: {', '.join(numbers)}", fg="red")
        if not broken:
            typer.echo(f"All {len(found)} invariants hold.")
    raise typer.Exit(1 if broken else 0)


def _tally(tally: Tally) -> dict[str, Any]:
    names = ("requested", "due", "accepted_in_time", "called_in_time", "unfilled", "cancelled")
    shares = ("share_accepted", "share_called", "median_seconds")
    return {name: getattr(tally, name) for name in (*names, *shares)}


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _wait(seconds: float | None) -> str:
    return "-" if seconds is None else str(timedelta(seconds=round(seconds)))


# Inside -------------------------------------------------------------------------------------------


def _number(typed: str) -> str:
    from psl.errors import BadInput
    from psl.numbers import REFERRALS, is_plausible

    number = REFERRALS.read(typed)
    if number is None or not is_plausible(number):
        raise BadInput(f"{typed} is no referral number; it has the form R-4821-7308.")
    return number


def _shown(typed: str) -> str:
    from psl.numbers import REFERRALS

    return REFERRALS.shown(_number(typed))


def _row(referral: Referral) -> dict[str, Any]:
    """What may be shown of a referral without any resident's data."""
    from psl.numbers import REFERRALS

    return {
        "referral": REFERRALS.shown(referral.number),
        "status": referral.status,
        "stage": referral.stage,
        "county": referral.county,
        "language": referral.language,
        "agent": referral.holder.doi_number if referral.holder is not None else None,
        **{
            name: getattr(referral, name)
            for name in (
                "requested_at",
                "promised_by",
                "expected_from",
                "accepted_at",
                "called_at",
                "closed_at",
                "unfilled_at",
                "stuck_at",
                "wiped_at",
                "outcome",
                "attempts",
                "due_at",
            )
        },
    }
