"""/users/<user>/views: the console's lists as somebody likes to see them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.readers import themselves
from app.api.shapes import Shape, many, one, text, word
from app.services import saved_views
from app.services.saved_views import LISTS, MOST_ASKED, MOST_NAME
from app.services.users import get_user

saved_views_face = Face(
    "saved views", "Lists of the console as somebody likes to see them: what is asked of one, under a name of theirs."
)
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "list": "people",
    "name": "Switched off",
    "asked": "state=inactive",
}


class SavedView(Shape):
    """What is asked of a list, under a name."""

    id = text()
    list = text()
    name = text()
    asked = fields.String(metadata={"description": "The query of the list's address in the console."})


class SavedViews(Shape):
    """A person's views, by list and name."""

    views = many(one(SavedView))


class NewView(Shape):
    """A view to be kept."""

    list = word(*LISTS, required=True)
    name = text(most=MOST_NAME, required=True)
    asked = text(most=MOST_ASKED, least=0, required=True, says="The query of the list's address in the console.")


@saved_views_face.operation(
    "GET",
    "/users/<user>/views",
    scope="users:read",
    answer=SavedViews,
    shows={"views": [_EXAMPLE]},
    refusals=("not-found",),
    readers=themselves,
)
def list_views(call: Call, user: str) -> Shown:
    """List a person's views.

    Of all lists; there are never many.
    """
    return Shown({"views": saved_views.views_of(*call.here, get_user(*call.here, user).id)})


@saved_views_face.operation(
    "POST",
    "/users/<user>/views",
    scope="users:write",
    body=NewView,
    answer=SavedView,
    status=201,
    example={"list": "people", "name": "Switched off", "asked": "state=inactive"},
    shows=_EXAMPLE,
    creates=True,
    refusals=("not-found", "conflict"),
)
def keep_view(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Keep a view.

    In a person's name, only their own. It changes nobody's access.
    """
    person = get_user(*call.here, user).id
    return Shown(saved_views.keep(*call.here, person, body["list"], body["name"], body["asked"]))


@saved_views_face.operation("DELETE", "/users/<user>/views/<view>", scope="users:write", refusals=("not-found",))
def forget_view(call: Call, user: str, view: str) -> Shown:
    """Forget a view.

    In a person's name, only their own.
    """
    saved_views.forget(*call.here, get_user(*call.here, user).id, view)
    return Shown()
