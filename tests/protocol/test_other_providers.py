"""OneLogin, JumpCloud, Google, Ping, brokers and others: their recorded requests, and failures seen in the field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from app.compose import create_app
from app.db import Database
from tests.builders import CORE_USER, Customer, a_customer, a_group, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal


def client(app: Flask, database: Database, preset: str) -> Scim:
    return Scim(app.test_client(), a_customer(database, preset=preset).token)


def made(scim: Scim, case: str, **facts: str | bool) -> dict[str, Any]:
    answer = scim.replay(case, **facts)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json
    return created


def done(scim: Scim, case: str, **facts: str | bool) -> None:
    answer = scim.replay(case, **facts)
    assert answer.status_code in (200, 204), answer.text


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.read(f"/Groups/{group}").get("members", [])}


# OneLogin


@pytest.fixture
def onelogin(app: Flask, database: Database) -> Scim:
    return client(app, database, "onelogin")


def test_onelogin_users(onelogin: Scim) -> None:
    """Match, create, change, suspend, delete."""
    assert onelogin.replay("onelogin/match_user").json["totalResults"] == 0
    user = made(onelogin, "onelogin/create_user")
    assert user["schemas"] == [CORE_USER]
    assert onelogin.replay("onelogin/match_user").json["Resources"] == [user]
    at = f"/Users/{user['id']}"
    done(onelogin, "onelogin/put_user", id=user["id"])
    assert onelogin.read(at)["name"] == {"givenName": "Jane", "familyName": "Roe"}
    done(onelogin, "onelogin/suspend", id=user["id"])
    assert onelogin.read(at)["active"] is False
    assert onelogin.replay("onelogin/match_user").json["totalResults"] == 1
    done(onelogin, "onelogin/put_user", id=user["id"])
    assert onelogin.read(at)["active"] is True
    assert onelogin.delete(at).status_code == 204


def test_onelogin_templates_may_leave_anything_out(onelogin: Scim) -> None:
    """Only the user name is sure."""
    user = made(onelogin, "onelogin/create_minimal")
    assert user.keys() == {"schemas", "id", "meta", "userName", "active"}


def test_onelogin_groups_and_rules(onelogin: Scim) -> None:
    """Groups are listed for the rules, made, and filled by short PATCH requests with an empty user agent."""
    for number in range(5):
        onelogin.create("/Groups", a_group(f"G{number}"))
    group = made(onelogin, "onelogin/create_group")["id"]
    names: list[str] = []
    for start in (1, 4):
        page = onelogin.replay("onelogin/groups", start=str(start), count="3").json
        assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (6, start, 3)
        names += [one["displayName"] for one in page["Resources"]]
    assert sorted(names) == ["G0", "G1", "G2", "G3", "G4", "Marketing"]
    one, two = (onelogin.create("/Users", a_user())["id"] for _ in range(2))
    done(onelogin, "onelogin/add_member", id=group, user=one)
    done(onelogin, "onelogin/add_member", id=group, user=two)
    assert members(onelogin, group) == {one, two}
    done(onelogin, "onelogin/pathless_members", id=group, user=two)
    assert members(onelogin, group) == {two}


# JumpCloud


def test_jumpcloud_activation(app: Flask, database: Database) -> None:
    """A test user and a test group are made, changed, joined, parted and deleted; every call must succeed."""
    scim = client(app, database, "jumpcloud")
    email = "activation.test@acme.example"
    user = made(scim, "jumpcloud/create_user", email=email)["id"]
    done(scim, "jumpcloud/put_user", id=user, email=email, active=True)
    assert scim.read(f"/Users/{user}")["name"] == {"givenName": "Changed", "familyName": "User"}
    group = made(scim, "jumpcloud/create_group")["id"]
    done(scim, "jumpcloud/rename_group", id=group)
    assert scim.read(f"/Groups/{group}")["displayName"] == "JumpCloud test group renamed"
    done(scim, "jumpcloud/add_member", id=group, user=user)
    assert members(scim, group) == {user}
    done(scim, "jumpcloud/remove_member", id=group, user=user)
    assert members(scim, group) == set()
    done(scim, "jumpcloud/put_group", id=group, user=user)
    assert members(scim, group) == {user}
    done(scim, "jumpcloud/put_user", id=user, email=email, active=False)
    assert scim.read(f"/Users/{user}")["active"] is False
    assert scim.delete(f"/Groups/{group}").status_code == 204
    assert scim.delete(f"/Users/{user}").status_code == 204
    assert refusal(scim.get(f"/Users/{user}")) == (404, None)


def test_jumpcloud_removal_by_a_list_keeps_the_others(app: Flask, database: Database) -> None:
    """The same form as Entra's."""
    scim = client(app, database, "jumpcloud")
    one, two = (scim.create("/Users", a_user())["id"] for _ in range(2))
    group = scim.create("/Groups", a_group("Staff", [one, two]))["id"]
    done(scim, "jumpcloud/remove_member", id=group, user=one)
    assert members(scim, group) == {two}


# Google


@pytest.mark.parametrize("active", [True, False])
def test_google_users(app: Flask, database: Database, active: bool) -> None:
    """The old URN comes first in schemas; a user may be created suspended and stays so."""
    scim = client(app, database, "google")
    assert scim.replay("google/match_user").json["totalResults"] == 0
    user = made(scim, "google/create_user", active=active)
    assert (user["active"], user["schemas"]) == (active, [CORE_USER])
    assert scim.replay("google/match_user").json["Resources"] == [user]
    done(scim, "google/put_user", id=user["id"])
    shown = scim.read(f"/Users/{user['id']}")
    assert (shown["name"]["givenName"], shown["active"], shown["schemas"]) == ("Gee", True, [CORE_USER])
    done(scim, "google/suspend", id=user["id"])
    assert scim.read(f"/Users/{user['id']}")["active"] is False
    assert scim.delete(f"/Users/{user['id']}").status_code == 204


# Ping


def test_ping_users_and_groups(app: Flask, database: Database) -> None:
    """Its filter template writes names and operators as it likes; membership is overwritten or merged."""
    scim = client(app, database, "pingfederate")
    assert scim.replay("ping/match_user").json["totalResults"] == 0
    user = made(scim, "ping/create_user")
    assert user["active"] is False
    assert scim.replay("ping/match_user").json["Resources"] == [user]
    done(scim, "ping/put_user", id=user["id"])
    assert scim.read(f"/Users/{user['id']}")["active"] is True
    other = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Ping", [other]))["id"]
    done(scim, "ping/merge_members", id=group, user=user["id"])
    assert members(scim, group) == {user["id"], other}
    done(scim, "ping/overwrite_members", id=group, user=user["id"])
    assert members(scim, group) == {user["id"]}


def test_ping_cannot_tunnel_methods(scim: Scim) -> None:
    """SCIM 1.1 stacks override the method by a header; a POST to a user stays a POST, which is not offered."""
    user = scim.create("/Users", a_user())
    assert refusal(scim.replay("ping/override", id=user["id"])) == (405, None)
    assert scim.read(f"/Users/{user['id']}") == user


# Others


def test_brokers_leave_out_schemas_in_patch(scim: Scim) -> None:
    """A PATCH without schemas is understood."""
    user = scim.create("/Users", a_user())
    done(scim, "others/jackson_patch", id=user["id"])
    shown = scim.read(f"/Users/{user['id']}")
    assert (shown["displayName"], shown["active"]) == ("Jack", False)


def test_brokers_own_attributes_are_refused_clearly(scim: Scim) -> None:
    """A path that no schema knows is invalidPath, naming it; nothing is half done."""
    user = scim.create("/Users", a_user())
    answer = scim.replay("others/jackson_custom", id=user["id"])
    assert refusal(answer) == (400, "invalidPath")
    assert "companyName" in answer.json["detail"]
    assert scim.read(f"/Users/{user['id']}") == user


def test_keycloak_and_authentik_put(scim: Scim) -> None:
    """They read what is offered, find by externalId, and replace."""
    config = scim.read("/ServiceProviderConfig")
    assert config["patch"]["supported"] is True
    user = scim.create("/Users", a_user("kc", externalId="f1f4a0f2", title="gone"))
    assert scim.read("/Users", filter='externalId eq "f1f4a0f2"')["Resources"] == [user]
    done(scim, "others/keycloak_put_user", id=user["id"])
    shown = scim.read(f"/Users/{user['id']}")
    assert (shown["name"], shown["emails"]) == ({"familyName": "K", "givenName": "C"}, [{"value": "kc@acme.example"}])
    assert "title" not in shown
    assert shown["meta"]["location"] == user["meta"]["location"]
    group = scim.create("/Groups", a_group())["id"]
    done(scim, "others/authentik_put_group", id=group, user=user["id"])
    assert members(scim, group) == {user["id"]}
    assert scim.read("/Groups", filter='externalId eq "ak-1"')["Resources"][0]["displayName"] == "authentik Admins"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_unknown_resource_is_404_an_unsupported_method_is_not(scim: Scim, method: str) -> None:
    """authentik makes a resource anew after a 404, so 404 must never mean "not offered"."""
    body = None if method == "DELETE" else a_user()
    assert refusal(scim.request(method, "/Users", body))[0] == 405


def test_clients_with_habits_from_aws_send_members_by_the_hundred(scim: Scim) -> None:
    """A hundred changes a request, pages of fifty."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(100)]
    group = scim.create("/Groups", a_group())["id"]
    adds = [{"op": "add", "path": "members", "value": [{"value": user}]} for user in users]
    assert scim.patch(f"/Groups/{group}", a_patch(*adds)).status_code == 200
    assert members(scim, group) == set(users)
    seen: list[str] = []
    for start in (1, 51):
        page = scim.read("/Users", startIndex=str(start), count="50")
        assert page["totalResults"] == 100
        seen += [user["id"] for user in page["Resources"]]
    assert sorted(seen) == sorted(users)
    both = scim.read("/Groups", filter=f'id eq "{group}" and members eq "{users[7]}"')
    assert both["totalResults"] == 1
    removals = [{"op": "remove", "path": f'members[value eq "{user}"]'} for user in users[:60]]
    assert scim.patch(f"/Groups/{group}", a_patch(*removals)).status_code == 200
    assert members(scim, group) == set(users[60:])


def test_aggregation_of_what_changed(scim: Scim) -> None:
    """SailPoint and Saviynt ask for what was modified since, sorted, by pages."""
    old = scim.create("/Users", a_user("zed"))
    new = [scim.create("/Users", a_user(name))["id"] for name in ("mia", "Bea")]
    since = old["meta"]["lastModified"]
    changed = scim.patch(f"/Users/{new[0]}", a_patch({"op": "add", "path": "title", "value": "x"})).json
    found = scim.replay("others/aggregate", since=since).json["Resources"]
    names = [user["userName"] for user in found if user["meta"]["lastModified"] > since]
    assert names == [user["userName"] for user in found]
    assert names in (["Bea", "mia"], ["mia"])
    assert scim.replay("others/aggregate", since=changed["meta"]["lastModified"]).json["totalResults"] == 0


def test_slack_and_github_habits(scim: Scim) -> None:
    """No paths, no selectors."""
    user = scim.create("/Users", a_user())
    done(scim, "others/slack_deactivate", id=user["id"])
    shown = scim.read(f"/Users/{user['id']}")
    assert (shown["active"], shown["title"]) == (False, "gone")


# Failures seen in the field, each as a test that it does not happen here.


def test_field_a_patch_never_answers_200_with_an_empty_body(scim: Scim) -> None:
    """200 has a body, 204 has none."""
    user, group = scim.create("/Users", a_user()), scim.create("/Groups", a_group())
    for answer in (
        scim.patch(f"/Users/{user['id']}", a_patch({"op": "replace", "value": {"active": False}})),
        scim.patch(f"/Groups/{group['id']}", a_patch({"op": "replace", "path": "displayName", "value": "x"})),
        scim.patch(
            f"/Groups/{group['id']}", a_patch({"op": "add", "path": "members", "value": [{"value": user["id"]}]})
        ),
    ):
        assert bool(answer.data) is (answer.status_code == 200)


def test_field_errors_are_scim_json_with_a_text_status(scim: Scim) -> None:
    """Not ``application/json``, not a number; and 404 has no scimType."""
    answer = scim.get("/Users/nobody")
    assert answer.headers["Content-Type"].split(";")[0] == "application/scim+json"
    assert answer.json["status"] == "404"
    assert "scimType" not in answer.json


def test_field_a_filter_is_never_ignored(scim: Scim) -> None:
    """Everybody instead of nobody would link the wrong user; an empty list for a filter not understood makes twins."""
    scim.create("/Users", a_user("ada"))
    assert scim.read("/Users", filter='userName eq "bob"')["totalResults"] == 0
    assert refusal(scim.get("/Users", filter='loginName eq "ada"')) == (400, "invalidFilter")
    assert refusal(scim.get("/Users", filter="ada")) == (400, "invalidFilter")
    assert refusal(scim.get("/Users", filter="")) == (400, "invalidFilter")


def test_field_a_removal_that_is_answered_is_done(scim: Scim) -> None:
    """Group removal by filter, with and without quotes in another case."""
    one, two = (scim.create("/Users", a_user())["id"] for _ in range(2))
    group = scim.create("/Groups", a_group("Staff", [one, two]))["id"]
    assert (
        scim.patch(f"/Groups/{group}", a_patch({"op": "remove", "path": f'members[value eq "{one}"]'})).status_code
        == 200
    )
    assert members(scim, group) == {two}


def test_field_an_empty_member_list_clears(scim: Scim) -> None:
    """Not a 400."""
    user = scim.create("/Users", a_user())["id"]
    for method in ("PATCH", "PUT"):
        group = scim.create("/Groups", a_group(method, [user]))["id"]
        body = a_patch({"op": "replace", "path": "members", "value": []}) if method == "PATCH" else a_group(method, [])
        assert scim.request(method, f"/Groups/{group}", body).status_code == 200
        assert members(scim, group) == set()


def test_field_members_need_no_type(scim: Scim) -> None:
    """Only their id."""
    user = scim.create("/Users", a_user())["id"]
    assert scim.create("/Groups", a_group(members=[user]))["members"][0]["type"] == "User"


def test_field_put_keeps_no_old_values(scim: Scim) -> None:
    """Replace means replace."""
    user = scim.create("/Users", a_user("ada", title="old", emails=[{"value": "a@b.example"}]))
    assert scim.put(f"/Users/{user['id']}", a_user("ada")).json.keys() == {
        "schemas",
        "id",
        "meta",
        "userName",
        "active",
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_field_last_modified_moves(scim: Scim, method: str) -> None:
    """With each change of users and of groups, members included."""
    user, group = scim.create("/Users", a_user("ada")), scim.create("/Groups", a_group("Staff"))
    if method == "PUT":
        changed = scim.put(f"/Users/{user['id']}", a_user("ada", title="x")).json
        filled = scim.put(f"/Groups/{group['id']}", a_group("Staff", [user["id"]])).json
    else:
        changed = scim.patch(f"/Users/{user['id']}", a_patch({"op": "add", "path": "title", "value": "x"})).json
        add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
        filled = scim.patch(f"/Groups/{group['id']}", a_patch(add)).json
    for before, after in ((user, changed), (group, filled)):
        moved = [datetime.fromisoformat(one["meta"]["lastModified"]) for one in (before, after)]
        assert moved[0] < moved[1]


def test_field_addresses_do_not_show_the_inner_host(database_url: str, database: Database, customer: Customer) -> None:
    """Behind a proxy, with a path: every address starts with the public URL."""
    public = "https://id.acme.example/muster"
    behind = Scim(
        create_app(settings_for(database_url, public_url=f"{public}/", log_level="error")).test_client(), customer.token
    )
    user = behind.post("/Users", a_user(), headers={"Host": "10.0.0.7:8000"})
    assert user.headers["Location"] == f"{public}/scim/v2/Users/{user.json['id']}"
    group = behind.create("/Groups", a_group(members=[user.json["id"]]))
    assert group["members"][0]["$ref"] == user.json["meta"]["location"]
    assert behind.read(f"/Users/{user.json['id']}")["groups"][0]["$ref"] == f"{public}/scim/v2/Groups/{group['id']}"
    assert behind.read("/ServiceProviderConfig")["meta"]["location"] == f"{public}/scim/v2/ServiceProviderConfig"
    assert PUBLIC_URL not in behind.get("/Schemas").text


@pytest.mark.parametrize(
    "id", ["abc", "1", "-1", "0", "1e9", "99999999999999999999", "null", "undefined", "a b", "%27"]
)
def test_field_ids_are_not_database_integers(scim: Scim, id: str) -> None:
    """``/Users/abc`` is 404, not a fault."""
    assert refusal(scim.get(f"/Users/{id}")) == (404, None)
    assert scim.read("/Users", filter=f'id eq "{id}"')["totalResults"] == 0


def test_field_percent_is_no_wildcard(scim: Scim) -> None:
    """``%`` in ``co`` finds a percent sign."""
    scim.create("/Users", a_user("ada", title="plain"))
    sale = scim.create("/Users", a_user("bob", title="50% off"))
    assert scim.read("/Users", filter='title co "%"')["Resources"] == [sale]
    assert scim.read("/Users", filter='title co "p%n"')["totalResults"] == 0
