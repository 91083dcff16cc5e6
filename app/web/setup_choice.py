"""Which identity provider a set-up link is about: chosen on its first step, and anew while nothing came of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from app.services import connection_presets, connections, directories, directory_control, setup_links
from app.services.connection_keys import make_pair
from app.services.errors import Conflict, Refused
from app.session import Session
from app.web.setup_place import Place, sent
from app.web.setup_views import DIRECTORY_PRESETS, may_reconsider
from scim.dialects import PRESETS

_MOST_NAMES = 50


def choose_provider(place: Place) -> None:
    """Make the connection to the provider that was chosen."""
    if place.link.connection_id is not None:
        return
    preset = connection_presets.preset(sent("provider"), place.link.purpose)
    pair = make_pair(preset.title)
    with place.session.writer() as writer:

        def make(name: str) -> str:
            given = {"name": name, "preset": preset.name}
            rest = (place.keys, place.tools.calls, place.base_url, pair, place.link.purpose, given)
            return connections.create(writer, place.account_id, *rest).id

        id = _under_free_name(writer, preset.title, make)
        setup_links.step(writer, place.link, "provider", {"preset": preset.name}, connection_id=id)


def reconsider_provider(place: Place) -> None:
    """Choose another provider: what this link has made for the one before goes, unless something came of it.

    Raises Refused once a test has succeeded, somebody is known by it, or the provider has called.
    """
    if not may_reconsider(place.session, place.keys, place.base_url, place.link):
        raise Refused("something was verified with this provider already", code="verified")
    with place.session.writer() as writer:
        setup_links.begin_anew(writer, place.link)
        if place.link.connection_id is not None:
            connections.delete(writer, place.account_id, place.base_url, place.link.connection_id)
        elif place.link.directory_id is not None:
            directory_control.remove(writer, place.account_id, place.link.directory_id)


def choose_directory(place: Place) -> None:
    """Make the directory that the provider which was chosen pushes into."""
    if place.link.directory_id is not None:
        return
    preset = sent("provider")
    if preset not in DIRECTORY_PRESETS:
        raise Refused("choose one of the identity providers", code="choose_first")
    with place.session.writer() as writer:

        def make(name: str) -> str:
            return directories.create_directory(writer, place.account_id, name, preset).id

        id = _under_free_name(writer, PRESETS[preset].partition(",")[0], make)
        setup_links.step(writer, place.link, "provider", {"preset": preset}, directory_id=id)


def _under_free_name(writer: Session, title: str, make: Callable[[str], str]) -> str:
    """What ``make`` makes under this name, or with a number behind it if it is taken."""
    for number in count(1):
        try:
            with writer.savepoint():
                return make(title if number == 1 else f"{title} {number}")
        except Conflict:
            if number >= _MOST_NAMES:
                raise
    raise AssertionError("counting does not end")
