"""Commands that keep an installation in order."""

from __future__ import annotations

import typer

from psl.settings import settings

app = typer.Typer()
database = typer.Typer(no_args_is_help=True, help="The database.")


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


@database.command()
def upgrade() -> None:
    """Bring the tables to the current version."""
    from psl.database import Database

    Database(settings().sqlalchemy_url()).upgrade()
    typer.echo("The database is current.")
