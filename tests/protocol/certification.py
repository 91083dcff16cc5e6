"""The account of the AuthZEN certification scenario, under its own names or under others."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from app.db import Database
from app.services import profiles, samples
from tests.builders import Customer, a_customer

PROFILE = "authzen-certification"


def a_certified_customer(database: Database, names: Mapping[str, str], folder: Path) -> Customer:
    """An account with the scenario's profile and sample, each of ``names`` replaced."""
    reference = PROFILE
    if names:
        text = files("rbac").joinpath("profiles", f"{PROFILE}.toml").read_text(encoding="utf-8")
        file = folder / "renamed.json"
        file.write_text(json.dumps(renamed(tomllib.loads(text), names)))
        reference = str(file)
    customer = a_customer(database, profile=reference)
    with database.writing() as session:
        samples.load_sample(session, customer.account_id, profiles.read_profile(reference).sample)
    return customer


def renamed(value: Any, names: Mapping[str, str], *, in_properties: bool = False) -> Any:
    """A document with these names replaced: values, names of properties, and words of conditions and paths."""
    if isinstance(value, dict):
        return {
            names.get(key, key) if in_properties else key: renamed(
                one, names, in_properties=in_properties or key in ("properties", "attributes")
            )
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [renamed(one, names, in_properties=in_properties) for one in value]
    if isinstance(value, str) and (" eq " in value or value.startswith("urn:")):
        return re.sub(r"[\w-]+", lambda word: names.get(word[0], word[0]), value)
    return names.get(value, value) if isinstance(value, str) else value
