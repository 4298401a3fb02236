"""The `psl` command. Heavy imports stay inside commands, so that `psl agent list` is quick."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from psl.settings import Settings, settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The PSL Assistant.")
agents = typer.Typer(no_args_is_help=True, help="The roster of agents.")
database = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(agents, name="agent")
app.add_typer(database, name="db")

AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
DEMO_CODES = 3


def main() -> None:
    """Run the command; errors a person can act on are told without a traceback."""
    from psl.errors import PslError
    from psl.guide import GuideError

    try:
        app()
    except (PslError, GuideError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        sys.exit(1)


def _with(data: Path | None, **changes: Any) -> Settings:
    """The settings with a command line's changes, visible to every part of this process."""
    if data is not None:
        os.environ["PSL_DATA_DIR"] = str(data.resolve())
    for name, value in changes.items():
        if value is not None:
            os.environ[f"PSL_{name.upper()}"] = str(value)
    settings.cache_clear()
    return settings()


def _services() -> Any:
    from psl.services import build_services

    return build_services(settings())


# Running ------------------------------------------------------------------------------------------


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    demo: Annotated[bool | None, typer.Option("--demo/--no-demo")] = None,
) -> None:
    """Start everything: train if needed, migrate, load the demo roster, serve."""
    from rich.console import Console

    chosen = _with(data, host=host, port=port, demo=demo)
    from bot import logs, training

    logs.configure(chosen.log_level)
    console = Console(stderr=True)
    with console.status("Preparing the database …"):
        from psl.demo import load_demo
        from psl.services import build_services

        services = build_services(chosen)
        if chosen.demo:
            load_demo(services.roster)
    if not training.model_path(chosen).is_file():
        with console.status("Training the model (once; about a minute) …"):
            _train(chosen, console)
    with console.status("Loading the assistant …"):
        from bot.app import create_app

        asgi = create_app(chosen, services)
    address = f"http://{chosen.host}:{chosen.port}"
    console.print(
        f"\nThe PSL Assistant is at [bold]{address}[/]   (in the terminal: [bold]make chat[/])"
    )
    if chosen.demo:
        console.print(
            "Link a chat to an invented agent by sending one of these (each works once, for "
            f"{chosen.link_code_seconds // 60} minutes):"
        )
        for agent in services.roster.agents()[:DEMO_CODES]:
            code = services.roster.issue_code(agent.doi_number)
            console.print(
                f"  [bold]link {code}[/]   {agent.name}, {agent.role}, DOI number {agent.doi_number}"
            )
        console.print("More: [bold].venv/bin/psl agent code --doi NUMBER[/]")
    console.print("Stop with Ctrl-C.\n")
    _serve(asgi, chosen)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    data: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Serve chat and API only: no demo roster, and the model must be trained already."""
    chosen = _with(data, host=host, port=port, demo=False)
    from bot import logs, training

    logs.configure(chosen.log_level)
    if not training.model_path(chosen).is_file():
        typer.secho(
            "There is no model for the present training data: run `psl train`.", fg="red", err=True
        )
        raise typer.Exit(1)
    from bot.app import create_app

    _serve(create_app(chosen), chosen)


def _serve(asgi: Any, chosen: Settings) -> None:
    import uvicorn

    uvicorn.run(
        asgi,
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # A chat left open must not hold up a restart, nor send more than a message can be.
        timeout_graceful_shutdown=10,
        ws_max_size=262_144,
    )


@app.command()
def train() -> None:
    """Train the model of the present training data."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("Training …"):
        _train(settings(), console)
    from bot import training

    console.print(f"Trained {training.model_path(settings()).name}")


def _train(chosen: Settings, console: Any) -> None:
    from bot import training

    try:
        training.ensure_model(chosen)
    except training.TrainingFailed as error:
        console.print(str(error), markup=False)
        raise typer.Exit(1) from error


@app.command()
def actions(port: Annotated[int, typer.Option()] = 5055) -> None:
    """Run the custom actions as a server of their own (set PSL_ACTIONS_URL for `serve`)."""
    import asyncio

    from rasa_sdk.endpoint import create_app as create_action_app

    from psl.services import build_services

    build_services(settings())
    server = create_action_app("actions")
    asyncio.set_event_loop(asyncio.new_event_loop())
    server.run("127.0.0.1", port, workers=1)


@app.command()
def chat(
    data: Annotated[Path | None, typer.Option()] = None,
    demo: Annotated[bool | None, typer.Option("--demo/--no-demo")] = None,
) -> None:
    """Talk to the assistant here in the terminal."""
    chosen = _with(data, demo=demo)
    from bot import logs

    logs.configure("ERROR")
    from bot.channels.terminal import converse

    converse(chosen)


@app.command()
def doctor() -> None:
    """Check guide, database, model and encoder, and say what to do about what is wrong."""
    from bot.doctor import examine

    problems = 0
    for name, problem in examine(settings()):
        typer.secho(
            f"{'ok ' if problem is None else 'BAD'}  {name}",
            fg="green" if problem is None else "red",
        )
        if problem is not None:
            typer.echo(f"     {problem}")
            problems += 1
    raise typer.Exit(1 if problems else 0)


@app.command()
def purge() -> None:
    """Remove what is past its retention: transcripts, discarded drafts, old buttons and codes."""
    from bot.purge import purge as remove

    for name, count in remove(settings()).items():
        typer.echo(f"{name}: {count}")


# Roster -------------------------------------------------------------------------------------------


@agents.command("import")
def import_agents(file: Path, as_json: AsJson = False) -> None:
    """Bring the roster to what FILE.csv says; bad rows are named and change nothing."""
    report = _services().roster.import_csv(file.read_text(encoding="utf-8-sig"))
    if as_json:
        typer.echo(json.dumps(report.__dict__))
    else:
        typer.echo(
            f"{len(report.added)} added, {len(report.changed)} changed, "
            f"{len(report.unchanged)} unchanged, {len(report.refused)} refused"
        )
        for line, reason in report.refused:
            typer.secho(f"  line {line}: {reason}", fg="red")
    raise typer.Exit(1 if report.refused else 0)


@agents.command("list")
def list_agents(as_json: AsJson = False) -> None:
    """Everybody on the roster."""
    rows = [_public(agent) for agent in _services().roster.agents()]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo(
            f"{row['doi_number']:>12}  {row['role']:<9} {row['name']:<26} {row['zip']:<6} {', '.join(row['languages'])}"
        )


@agents.command("show")
def show_agent(doi: Annotated[str, typer.Option()], as_json: AsJson = False) -> None:
    """One agent, with linked chats."""
    roster = _services().roster
    agent = roster.by_doi_number(doi)
    row = _public(agent) | {
        "agency": agent.agency,
        "licence_active": agent.licence_active,
        "certified_on": str(agent.certified_on) if agent.certified_on else None,
        "chats": roster.chats_of(agent.id),
    }
    typer.echo(json.dumps(row) if as_json else "\n".join(f"{k}: {v}" for k, v in row.items()))


@agents.command("code")
def agent_code(doi: Annotated[str, typer.Option()], as_json: AsJson = False) -> None:
    """A one-time link code for an agent."""
    code = _services().roster.issue_code(doi)
    typer.echo(json.dumps({"code": code}) if as_json else f"link {code}")


@agents.command("unlink")
def unlink_chat(chat: Annotated[str, typer.Option(help="channel:sender")]) -> None:
    """Unlink a chat."""
    typer.echo("unlinked" if _services().roster.unlink(chat) else "that chat was not linked")


def _public(agent: Any) -> dict[str, Any]:
    return {
        "doi_number": agent.doi_number,
        "name": agent.name,
        "role": agent.role,
        # Nobody can register for On Demand here yet.
        "registered": False,
        "zip": agent.zip,
        "languages": agent.languages,
    }


# Database -----------------------------------------------------------------------------------------


@database.command()
def upgrade() -> None:
    """Bring the tables to the current version."""
    from psl.database import Database

    Database(settings().sqlalchemy_url()).upgrade()
    typer.echo("The database is current.")


if __name__ == "__main__":
    main()
