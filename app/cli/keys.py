"""keys: the secret key of the installation, and its replacement by another."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering
from app.config import Settings
from app.services import keys as service
from app.services.keys import State
from app.session import Session

_KEPT = {
    "recovery_codes": "recovery codes were made before; only the people themselves can make new ones, on their page",
    "setup_links": "open set-up links were made before; wait until they are done, or make others",
    "invitations": "open invitations were made before; they expire within days, or are sent anew",
    "sessions": "sessions began before; they end within hours, or their people sign in anew",
    "refresh_tokens": "refresh tokens were given before; they end with their session",
}


@click.group()
def keys() -> None:
    """The secret key, which hashes tokens and seals secrets."""


@keys.command("show")
@answering
def show_keys(settings: Settings, session: Session) -> Answer:
    """Show which key the database has, and what is still under former ones."""
    found = service.state(session, settings.keys())
    return Answer(found, _text(found, settings.keys().id))


@keys.command("rotate")
@answering
def rotate_keys(settings: Settings, session: Session) -> Answer:
    """Seal all secrets under the present key, after MUSTER_SECRET_KEY was changed."""
    done = service.rotate(session, settings.keys())
    return Answer(done, _text(done, settings.keys().id))


def _text(found: State, present: str) -> str:
    lines = [f"key {found.key}" + (f", since {found.changed:%Y-%m-%d %H:%M} UTC" if found.changed else "")]
    if found.key != present:
        lines.append(f"MUSTER_SECRET_KEY is another one, {present}; next: muster keys rotate")
    lines += [f"{count} secrets are sealed under {key}" for key, count in sorted(found.sealed.items())]
    if found.tokens_left:
        lines.append(
            f"{found.tokens_left} tokens and keys were not used since, and need the former key until they are; "
            "keep it in MUSTER_SECRET_KEY_PREVIOUS, or revoke and issue them anew"
        )
    lines += [f"{count} {_KEPT[name]}" for name, count in found.kept_hashes.items()]
    if found.kept_hashes:
        lines.append("none of these is recognised without the former key in MUSTER_SECRET_KEY_PREVIOUS")
    if found.key == present and found.former and not found.needs_former:
        lines.append("nothing needs a former key any more: remove MUSTER_SECRET_KEY_PREVIOUS")
    return "\n".join(lines)
