"""Alive and ready: what a load balancer and an orchestrator ask."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app import revision
from app.unit_of_work import database

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """The process answers; says nothing about the database."""
    return jsonify({"status": "alive"})


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """The database answers, has this release's schema, and was made with this secret key."""
    try:
        trouble = revision.problem(database(), current_app.config["MUSTER_KEYS"])
    except SQLAlchemyError:
        trouble = "the database does not answer"
    if trouble:
        return jsonify({"status": "not ready", "detail": trouble}), 503
    return jsonify({"status": "ready"}), 200
