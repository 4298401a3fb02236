"""The `psl` command. Heavy imports stay inside commands, so that `psl agent list` is quick."""

from __future__ import annotations

import sys

import typer

from bot.cli import agents, keys, notices, referrals, running, upkeep

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The PSL Assistant.")
for _commands in (running.app, upkeep.app):
    app.add_typer(_commands)
app.add_typer(agents.app, name="agent")
app.add_typer(referrals.app, name="referral")
app.add_typer(notices.app, name="notice")
app.add_typer(keys.app, name="key")
app.add_typer(upkeep.database, name="db")


def main() -> None:
    """Run the command; errors a person can act on are told without a traceback."""
    from psl.errors import PslError
    from psl.guide import GuideError

    try:
        app()
    except (PslError, GuideError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        sys.exit(1)
