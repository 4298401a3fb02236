"""`psl notice`: what could not be delivered."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.shared import AsJson, as_json, at, services, table

app = typer.Typer(no_args_is_help=True, help="The outbox.")


@app.callback()
def outbox() -> None:
    """The outbox."""


@app.command()
def undeliverable(
    limit: Annotated[int, typer.Option(min=1)] = 50, as_json_: AsJson = False
) -> None:
    """What was given up, the latest first. What it said is not shown."""
    records = services()
    found = records.notices.undeliverable(limit)
    agents = {agent.id: agent.doi_number for agent in records.roster.agents()}
    rows: list[dict[str, object]] = [
        {
            "given_up_at": notice.undeliverable_at,
            "chat": notice.chat,
            "agent": agents.get(notice.agent_id or 0),
            "subject": notice.subject or notice.key,
            "attempts": notice.attempts,
            "last_error": notice.last_error,
        }
        for notice in found
    ]
    if as_json_:
        as_json(rows)
        return
    if not rows:
        typer.echo("Every notice could be delivered so far.")
        return
    table(
        ("given up", "chat", "agent", "about", "tries", "error"),
        [
            (
                at(notice.undeliverable_at),
                notice.chat,
                row["agent"] or "-",
                row["subject"],
                notice.attempts,
                notice.last_error,
            )
            for notice, row in zip(found, rows, strict=True)
        ],
    )
