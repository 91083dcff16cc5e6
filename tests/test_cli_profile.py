"""The commands of profiles and catalogues: shown, planned, loaded with a sample, registered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rbac.profiles import load_profile, shipped
from tests.test_cli import Muster, account, muster

__all__ = ["account", "muster"]


def test_list_and_show(muster: Muster) -> None:
    """Every shipped profile with what it is for; one of them whole."""
    told = muster.run("profile", "list")
    for name in shipped():
        assert name in told
    assert [one["name"] for one in muster.json("profile", "list")] == list(shipped())
    shown = muster.run("profile", "show", "teenvio")
    for words in ("Designer", "pieces.designs.edit", "item type piece: held here, levels", "--sample"):
        assert words in shown
    assert muster.json("profile", "show", "emarsys")["roles"][0]["name"] == "Account Owner"
    assert "emarsys" in muster.run("profile", "show", "nonsense", code=3)


def test_plan_then_load(muster: Muster, account: str) -> None:
    """The plan says what loading does; neither hides what is in the way."""
    planned = muster.run("profile", "plan", account, "exacttarget")
    for words in ("email-marketing → exacttarget", "default role Administrator (formerly Account Owner)"):
        assert words in planned
    assert "nothing was changed" in planned
    assert muster.json("account", "list")
    loaded = muster.run("profile", "load", account, "exacttarget")
    assert "4 default roles" in loaded
    assert "nothing is different" in muster.run("profile", "plan", account, "exacttarget")


@pytest.mark.parametrize("name", shipped())
def test_every_profile_loads_with_its_sample(muster: Muster, account: str, name: str) -> None:
    """One command makes an account of the profile's own examples."""
    sample = load_profile(name).sample
    loaded = muster.json("profile", "load", account, name, "--sample")
    made = loaded["sample"]
    assert (made["users"], made["roles"], made["items"]) == (len(sample.users), len(sample.roles), len(sample.items))
    assert sample.users[0].user_name
    again = muster.run("profile", "load", account, name, "--sample", code=4)
    assert "already" in again or "of somebody else in this account" in again


def test_show_change_and_register_a_catalogue(muster: Muster, account: str, tmp_path: Path) -> None:
    """What is shown as JSON can be changed and registered under another version."""
    assert "email-marketing, 81 permissions" in muster.run("catalogue", "show", account)
    manifest = muster.json("catalogue", "show", account)
    manifest |= {"name": "our-platform", "version": "1"}
    section = manifest["tabs"][0]["sections"][0]
    text = {"en": "Praise", "es": "Elogiar"}
    praise = {"key": "campaigns.email.praise", "operation": "reads", "title": text, "description": text}
    section["permissions"].append(praise)
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    planned = muster.run("catalogue", "plan", account, str(file))
    assert "+ 1 permission: campaigns.email.praise" in planned
    assert "default role Marketer, 0 people" in planned
    assert "version 1" in muster.run("catalogue", "register", account, str(file))
    assert "our-platform, version 1, 82 permissions" in muster.run("catalogue", "show", account)
    assert "nothing is different" in muster.run("catalogue", "register", account, str(file))


def test_what_is_taken_away_has_to_be_said(muster: Muster, account: str, tmp_path: Path) -> None:
    """Exit code 1 for a plan that would be refused, 4 for the refusal, 0 once it is asked for."""
    manifest = muster.json("catalogue", "show", account) | {"name": "less", "version": "1"}
    manifest["tabs"] = [tab for tab in manifest["tabs"] if tab["key"] != "analytics"]
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    planned = muster.run("catalogue", "plan", account, str(file), code=1)
    assert "only with --drop: the role 'Analyst' names analytics.*" in planned
    assert "analytics.*" in muster.run("catalogue", "register", account, str(file), code=4)
    muster.run("catalogue", "register", account, str(file), "--drop")
    file.write_text("{}", encoding="utf-8")
    assert "tabs" in muster.run("catalogue", "register", account, str(file), code=4)
