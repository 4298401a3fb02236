"""Commands that run something: the whole product, parts of it, training, the terminal chat."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.shared import Data, with_changes
from psl.settings import Settings, settings

app = typer.Typer()

# How often `work` looks whether its threads are alive.
WATCH_SECONDS = 2.0


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    demo: Annotated[bool | None, typer.Option("--demo/--no-demo")] = None,
) -> None:
    """Start everything: train if needed, migrate, load the demo roster, serve."""
    from rich.console import Console

    chosen = with_changes(data, host=host, port=port, demo=demo)
    from bot import logs, training

    logs.configure(chosen.log_level)
    console = Console(stderr=True)
    with console.status("Preparing the database …"):
        from psl.demo import load_demo, people_to_try
        from psl.services import build_services

        services = build_services(chosen)
        if chosen.demo:
            load_demo(services.roster, services.registrations)
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
            f"{chosen.link_code_seconds // 60} minutes):",
            soft_wrap=True,
        )
        for agent, about in people_to_try(services.roster, services.registrations):
            code = services.roster.issue_code(agent.doi_number)
            console.print(
                f"  [bold]link {code}[/]   {agent.name}, DOI number {agent.doi_number}: {about}",
                soft_wrap=True,
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
    chosen = with_changes(data, host=host, port=port, demo=False)
    from bot import logs, training

    logs.configure(chosen.log_level)
    if not training.model_path(chosen).is_file():
        typer.secho(
            "There is no model for the present training data: run `psl train`.", fg="red", err=True
        )
        raise typer.Exit(1)
    from bot.app import create_app

    _serve(create_app(chosen), chosen)


@app.command()
def work(
    data: Data = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Serve Prometheus metrics on this port of this machine.")
    ] = None,
) -> None:
    """Run the referral engine only; for `serve` with PSL_ENGINE=false, or beside another engine."""
    chosen = with_changes(data)
    import structlog

    from bot import logs
    from psl.services import build_services

    logs.configure(chosen.log_level)
    log = structlog.get_logger()
    ends = {signal.SIGTERM, signal.SIGINT}
    # Before any thread starts, so that none of them is ended by the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    services = build_services(chosen)
    if metrics_port is not None:
        from prometheus_client import start_http_server

        start_http_server(metrics_port, "127.0.0.1")
    services.engine.start()
    typer.echo("The referral engine is at work. Stop with Ctrl-C.", err=True)
    while (ended := signal.sigtimedwait(ends, WATCH_SECONDS)) is None:
        if not services.engine.alive:
            log.error("engine stopped by itself")
            raise typer.Exit(1)
    services.engine.stop()
    services.database.close()
    typer.echo(f"Stopped by {signal.Signals(ended.si_signo).name}.", err=True)


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
    chosen = with_changes(data, demo=demo)
    from bot import logs

    logs.configure("ERROR")
    from bot.channels.terminal import converse

    converse(chosen)
