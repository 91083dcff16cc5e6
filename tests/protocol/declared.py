"""The pages that the application has, and what each declares about who may see it."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from app.web.face import Requirement


def pages_of(app: Flask) -> list[Rule]:
    """Every address of a face of pages."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web_")]


def requirement_of(app: Flask, rule: Rule) -> Requirement:
    """Who may see a page, and how freshly they have to have proved who they are."""
    found = app.view_functions[rule.endpoint].requirement  # type: ignore[attr-defined]  # a Face puts it there
    assert isinstance(found, Requirement), rule
    return found
