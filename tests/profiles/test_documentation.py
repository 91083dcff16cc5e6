"""What the page on profiles says is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from app.services.profiles import read_profile
from rbac.catalogue_document import CATALOGUE_FACTS
from rbac.profiles import shipped

PAGE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")


def test_the_example_is_a_profile() -> None:
    """Whoever copies it has something that works."""
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    profile = read_profile(tomllib.loads(example))
    assert [role.name for role in profile.roles] == ["Owner", "Clerk"]
    assert profile.roles[1].entries[1].when == "resource.amount lt 100"


def test_every_shipped_profile_is_described() -> None:
    """A row for each, and no other."""
    assert set(re.findall(r"(?m)^\| `([a-z-]+)` \| ", PAGE.split("```sh")[0])) == set(shipped())


def test_every_part_of_a_document_is_described() -> None:
    """All that may stand in a catalogue or a profile has its name on the page."""
    for fact in (*CATALOGUE_FACTS, "roles", "schema_extensions", "default_roles", "sample", "title", "description"):
        assert re.search(rf"`{fact}`|(?m:^\[\[{fact}\]\]|^{fact} =)|\[\[{fact}\]\]", PAGE), fact
