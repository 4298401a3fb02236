"""`psl key`: who may use the API."""

from __future__ import annotations

import typer

from bot.cli.shared import AsJson, as_json, at, services, table

app = typer.Typer(no_args_is_help=True, help="Keys of the JSON API and of REST.")


@app.command("add")
def add_key(name: str, as_json_: AsJson = False) -> None:
    """Make a key. It is shown this once."""
    key = services().keys.add(name)
    if as_json_:
        as_json({"name": name, "key": key})
        return
    typer.echo(key)
    typer.echo("Keep it now: it cannot be shown again.", err=True)


@app.command("list")
def list_keys(as_json_: AsJson = False) -> None:
    """The keys by name; the keys themselves are not kept."""
    keys = services().keys.all()
    if as_json_:
        as_json(
            [
                {"name": key.name, "created_at": key.created_at, "revoked_at": key.revoked_at}
                for key in keys
            ]
        )
        return
    table(
        ("name", "created", "revoked"),
        [(key.name, at(key.created_at), at(key.revoked_at)) for key in keys],
    )


@app.command("revoke")
def revoke_key(name: str) -> None:
    """End a key at once."""
    done = services().keys.revoke(name)
    typer.echo(f"{name} is revoked." if done else f"{name} was revoked already.")
