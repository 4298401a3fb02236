"""`psl agent`: the roster, link codes, registrations, runs of misses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.shared import AsJson, as_json, at, facts, services, table

if TYPE_CHECKING:
    from psl.agents.models import Agent
    from psl.services import Services

app = typer.Typer(no_args_is_help=True, help="The roster of agents.")

Doi = Annotated[str, typer.Option("--doi", help="DOI number.")]

_FAILED_NOTICES = 5


@app.command("import")
def import_agents(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False)],
    as_json_: AsJson = False,
) -> None:
    """Bring the roster to what FILE.csv says; bad rows are named and change nothing."""
    report = services().roster.import_csv(file.read_text(encoding="utf-8-sig"))
    if as_json_:
        as_json(report.__dict__)
    else:
        typer.echo(
            f"{len(report.added)} added, {len(report.changed)} changed, "
            f"{len(report.unchanged)} unchanged, {len(report.refused)} refused"
        )
        for line, reason in report.refused:
            typer.secho(f"  line {line}: {reason}", fg="red")
    raise typer.Exit(1 if report.refused else 0)


@app.command("list")
def list_agents(as_json_: AsJson = False) -> None:
    """Everybody on the roster."""
    records = services()
    registered = records.registrations.registered()
    rows = [_public(agent, agent.id in registered) for agent in records.roster.agents()]
    if as_json_:
        as_json(rows)
        return
    table(
        ("DOI number", "role", "name", "ZIP", "registered", "languages"),
        [
            (
                row["doi_number"],
                row["role"],
                row["name"],
                row["zip"],
                "yes" if row["registered"] else "no",
                ", ".join(row["languages"]),
            )
            for row in rows
        ],
    )


@app.command("show")
def show_agent(doi: Doi, as_json_: AsJson = False) -> None:
    """One agent: licence, chats, registration, hours, misses, referrals in hand, lost notices."""
    records = services()
    agent = records.roster.by_doi_number(doi)
    view = records.registrations.of(agent.id)
    chats, away = records.roster.chats_of(agent.id), _unreachable(records, agent)
    row = _public(agent, view.registered) | {
        "agency": agent.agency,
        "licence_active": agent.licence_active,
        "certified_on": str(agent.certified_on) if agent.certified_on else None,
        "chats": chats,
        "unreachable_chats": away,
        **_on_demand(records, agent),
    }
    if away and len(away) == len(chats):
        row["unmet"].insert(0, "A chat that can be reached: until the agent writes from one again")
    if as_json_:
        as_json(row)
        return
    lost, unmet, away = row.pop("undeliverable"), row.pop("unmet"), row.pop("unreachable_chats")
    facts(row | {"hours": str(row["hours"] or "-").replace("\n", "; ")})
    if away:
        typer.echo("Chats that cannot be reached:")
        for each in away:
            typer.echo(f"  {at(each['since'])}  {each['chat']}  {each['why']}")
    if unmet:
        typer.echo("What keeps referrals away:")
        for line in unmet:
            typer.echo(f"  {line}")
    if lost:
        typer.echo("Notices that could not be delivered:")
        for each in lost:
            typer.echo(f"  {at(each['at'])}  {each['chat']}  {each['about']}  {each['error']}")


def _unreachable(records: Services, agent: Agent) -> list[dict[str, Any]]:
    """The agent's chats in which nothing can be delivered, since when and why."""
    from sqlalchemy import select

    from psl.agents.models import ChatLink

    query = (
        select(ChatLink)
        .where(ChatLink.agent_id == agent.id, ChatLink.unreachable_at.is_not(None))
        .order_by(ChatLink.linked_at)
    )
    with records.database.reading() as session:
        return [
            {"chat": link.chat, "since": link.unreachable_at, "why": link.unreachable_why}
            for link in session.scalars(query)
        ]


def _on_demand(records: Services, agent: Agent) -> dict[str, Any]:
    from psl.agents.availability import hours_words, zone_name

    view = records.registrations.of(agent.id)
    out = view.out_of_office
    in_hand = records.referrals.in_hand(agent.id)
    found = records.registrations.why_none(agent.id, load=len(in_hand))
    lost = [n for n in records.notices.undeliverable() if n.agent_id == agent.id]
    return {
        "registration": view.status,
        "registered_at": view.registered_at,
        "ended_at": view.ended_at,
        "ended_reason": view.ended_reason,
        "contact_method": view.contact_method,
        "zone": zone_name(view.zone, view.at) if view.zone else None,
        "hours": hours_words(view.hours) if view.hours else None,
        "unsaved_changes": view.has_draft,
        "out_of_office_from": out.start if out else None,
        "out_of_office_until": (out.end or "no end time") if out else None,
        "consecutive_misses": view.misses,
        "referrals_in_hand": len(in_hand),
        "unmet": [f"{each.name}: {each.todo}".rstrip(": ") for each in found if not each.met],
        "undeliverable": [
            {
                "at": notice.undeliverable_at,
                "chat": notice.chat,
                "about": notice.subject or notice.key,
                "error": notice.last_error,
            }
            for notice in lost[:_FAILED_NOTICES]
        ],
    }


@app.command("code")
def agent_code(doi: Doi, as_json_: AsJson = False) -> None:
    """A one-time link code for an agent."""
    code = services().roster.issue_code(doi)
    if as_json_:
        as_json({"code": code})
    else:
        typer.echo(f"link {code}")


@app.command("unlink")
def unlink_chat(chat: Annotated[str, typer.Option(help="channel:sender")]) -> None:
    """Unlink a chat; it is told."""
    done = services().roster.unlink(chat, by_operator=True)
    typer.echo("unlinked" if done else "that chat was not linked")


@app.command("recount")
def recount(
    repair: Annotated[bool, typer.Option("--repair", help="Put wrong counts right.")] = False,
    as_json_: AsJson = False,
) -> None:
    """Count the runs of misses anew from the events; exit code 1 if one is wrong and stays so."""
    wrong = services().referrals.recount(repair)
    if as_json_:
        as_json(
            [
                {"doi_number": agent.doi_number, "kept": kept, "counted": counted}
                for agent, kept, counted in wrong
            ]
        )
    elif wrong:
        table(
            ("DOI number", "name", "kept", "counted"),
            [(agent.doi_number, agent.name, kept, counted) for agent, kept, counted in wrong],
        )
        typer.echo("Put right." if repair else "Put them right with --repair.")
    else:
        typer.echo("Every run of misses is what the events say.")
    raise typer.Exit(1 if wrong and not repair else 0)


def _public(agent: Agent, registered: bool) -> dict[str, Any]:
    return {
        "doi_number": agent.doi_number,
        "name": agent.name,
        "role": agent.role,
        "registered": registered,
        "zip": agent.zip,
        "languages": agent.languages,
    }
