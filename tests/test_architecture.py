"""The structure is as the README draws it: arrows, cycles, faces."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "muster", "scim", "sso", "rbac")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """All imports of our packages, those inside functions included."""
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_import_contracts_hold() -> None:
    """The contracts of pyproject.toml."""
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0


def test_no_import_cycles(graph: grimp.ImportGraph) -> None:
    """No module reaches itself, lazy imports counted."""
    ours = {module for module in graph.modules if module.split(".")[0] in PACKAGES}
    arrows = {module: graph.find_modules_directly_imported_by(module) & ours for module in ours}
    while leaves := {module for module, targets in arrows.items() if not targets}:
        arrows = {module: targets - leaves for module, targets in arrows.items() if module not in leaves}
    assert not arrows, f"in or above a cycle: {sorted(arrows)}"


def test_the_picture_in_the_readme_is_true(graph: grimp.ImportGraph) -> None:
    """The drawn arrows between top-level packages are exactly the arrows of the code."""
    drawn = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = drawn[drawn.index("<!-- picture") :].split("```")[1]
    shown = set(re.findall(r"\b(muster|scim|sso|rbac)\b", picture.split("inside app")[0]))
    assert shown == set(PACKAGES) - {"app"}
    actual = set()
    for module in graph.modules:
        source = module.split(".")[0]
        if source not in PACKAGES:
            continue
        for target in graph.find_modules_directly_imported_by(module):
            other = target.split(".")[0]
            if other in PACKAGES and other != source:
                actual.add((source, other))
    assert actual == {("app", "scim"), ("app", "rbac"), ("app", "sso"), ("app", "muster"), ("muster", "scim")}
    inside = re.search(r"inside app: +(.+)", picture)
    assert inside is not None
    layers = [part.strip().split(", ") for part in inside[1].split("──▶")]
    for upper, lower in pairwise(layers):
        for name in upper:
            chains = [graph.find_shortest_chain(f"app.{below}", f"app.{name}", as_packages=True) for below in lower]
            assert chains == [None] * len(lower)


def test_http_is_known_only_to_faces(graph: grimp.ImportGraph) -> None:
    """In the cores only ``routes`` and its rendering know Flask or Werkzeug."""
    importers = {
        module
        for module in graph.modules
        if {"flask", "werkzeug"} & {t.split(".")[0] for t in graph.find_modules_directly_imported_by(module)}
    }
    cores = {module for module in importers if module.split(".")[0] in ("scim", "sso", "rbac")}
    assert cores, "no face found: the test looks in the wrong place"
    assert all(re.fullmatch(r"(scim|sso|rbac)\.(routes|render|reading|face)\w*", module) for module in cores), cores
