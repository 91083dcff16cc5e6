"""The documentation says what the code does: nothing undocumented, no link to nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.compose import create_app
from docs.tables import REFERENCE, SPECIFICATIONS, TABLES, rewritten
from rbac.model import Code
from tests.conftest import fresh_sqlite, settings_for

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted((ROOT / "examples").rglob("*.md"))


@pytest.mark.parametrize("page", TABLES, ids=lambda page: page.name)
def test_the_tables_are_current(page: Path) -> None:
    """Settings, commands, errors, permissions, requirements with their tests; `make docs` rewrites them."""
    assert rewritten(page) == page.read_text(encoding="utf-8")


def test_every_section_leads_to_its_tests() -> None:
    """From a section of an RFC over the numbers to the tests and back: none is left out, none is made up."""
    text = SPECIFICATIONS.read_text(encoding="utf-8")
    sections = re.search(r"<!-- sections: .*?<!-- end -->", text, re.DOTALL)
    assert sections is not None
    spans = re.findall(r"(\d+)(?:–(\d+))?", " ".join(re.findall(r"([^|]*)\|$", sections[0], re.MULTILINE)))
    named = {number for first, last in spans for number in range(int(first), int(last or first) + 1)}
    tested = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert named == tested == set(range(1, max(tested) + 1))


def test_every_decision_code_is_documented() -> None:
    """A platform's developer finds each code that a decision may carry."""
    documented = REFERENCE.read_text(encoding="utf-8")
    assert [code for code in Code if f"| `{code}` |" not in documented] == []


def test_every_address_is_documented(sqlite_template: Path, tmp_path: Path) -> None:
    """Each rule of the application stands in the table of endpoints."""
    app = create_app(settings_for(fresh_sqlite(sqlite_template, tmp_path)))
    documented = REFERENCE.read_text(encoding="utf-8")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("scim."):
            continue  # one rule that takes everything; the tests of the protocol know its addresses
        if rule.rule.startswith("/console"):
            assert "`/console`, and all below it" in documented
            continue  # pages lead to each other; nobody needs their addresses
        fixed, whole = rule.rule.split("<")[0].rstrip("/"), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        assert f"`{fixed}`" in documented or f"`{whole}`" in documented or fixed == "/access/v1", rule.rule


def test_every_address_of_scim_is_documented() -> None:
    """Its one rule takes everything; what it knows stands in its cases."""
    cases = re.findall(r"^ *case \[(.*)\].*:$", (ROOT / "scim" / "face.py").read_text(encoding="utf-8"), re.MULTILINE)
    known = set(re.findall(r'"([\w.]+)"', " ".join(cases)))
    assert {"Bulk", "Me", "Schemas"} <= known
    documented = REFERENCE.read_text(encoding="utf-8")
    assert [name for name in sorted(known) if f"`/scim/v2/{name}`" not in documented] == []


COMPOSED = {f"{what}.{how}" for what in ("directory_token", "api_key") for how in ("issued", "revoked", "refused")}
COMPOSED |= {f"{what}.{how}" for what in ("user", "group") for how in ("created", "updated", "deleted")} | {
    "group.renamed"
}
"""Actions whose names are put together from a kind and what happened to it."""


def test_every_audited_action_is_documented() -> None:
    """Whoever reads the trail finds each action in the table, and none there that is never recorded."""
    sources = [*(ROOT / "app" / "services").glob("*.py"), ROOT / "app" / "stores" / "owners.py"]
    texts = [file.read_text(encoding="utf-8") for file in sources]
    recorded = {
        name for text in texts for name in re.findall(r'"([a-z_]+\.[a-z_]*(?:ed|set|kept|bound|expiring))"', text)
    } | COMPOSED
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("| action | when |")[1]
    rows = re.findall(r"^\| (`.*`) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row)} == recorded


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files that exist."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_make_target_explains_itself() -> None:
    """`make help` lists all targets that people use."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"\.PHONY: (.+)", text)
    assert phony is not None
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert set(phony[1].split()) == explained
