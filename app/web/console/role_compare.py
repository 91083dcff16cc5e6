"""/console/roles/compare: two roles side by side."""

from __future__ import annotations

from flask import Response, request

from app.services import role_comparison, roles
from app.web.console import shell
from app.web.console.role_frame import in_words

role_compare_face = shell.console_face("console_role_compare")


@role_compare_face.page("GET", "/console/roles/compare", needs="administrator")
def compare_roles() -> Response:
    """What only one of them says, what both say otherwise, and what they share."""
    every = roles.list_roles(*shell.here())
    left, right = (request.args.get(name, "") for name in ("a", "b"))
    comparison = role_comparison.compare_roles(*shell.here(), left, right) if left and right else None
    return shell.show(
        "roles_compare.html", "roles", every=every, left=left, right=right, comparison=comparison, words=in_words
    )
