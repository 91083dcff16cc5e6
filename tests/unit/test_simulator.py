"""The simulator accepts a right server and catches every wrong one, shown on loopback with one fault at a time."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.simulator.expect import printable
from app.simulator.fill import Missing, fill, fill_path, laid_over
from app.simulator.http import Client, Request, Unusable
from app.simulator.play import OK, SKIPPED, WRONG, Report, play
from app.simulator.pointer import ABSENT, select
from app.simulator.sequence import SequenceError, load, names, read
from tests.fakes import a_scim_client

TOKEN = "right-token-of-the-directory"
SCIM = "application/scim+json"


@dataclass(frozen=True)
class Asked:
    """A request as it reached the server."""

    method: str
    path: str
    body: Any = None

    @property
    def operations(self) -> list[dict[str, Any]]:
        return self.body.get("Operations", []) if isinstance(self.body, dict) else []


@dataclass(frozen=True)
class Said:
    """An answer on its way out."""

    status: int
    text: str
    media: str = SCIM
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def with_json(self, **changes: Any) -> Said:
        return replace(self, text=json.dumps(self.json | changes))


Forward = Callable[[Asked], Said]
Fault = Callable[[Asked, Forward], Said]


class WrongServer:
    """A right SCIM server with one fault. ``asked`` is what reached it."""

    def __init__(self, fault: Fault) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self._fault = fault
        self._scim = a_scim_client()

    def answer(self, asked: Asked, authorization: str) -> Said:
        self.asked.append(asked)
        self._scim.token = "right" if authorization == f"Bearer {TOKEN}" else None
        return self._fault(asked, self._forward)

    def everything(self) -> list[str]:
        """The names of what is there."""
        self._scim.token = "right"
        lists = [self._scim.get(f"/{kind}").get_json(force=True)["Resources"] for kind in ("Users", "Groups")]
        return [one.get("userName") or one["displayName"] for listed in lists for one in listed]

    def _forward(self, asked: Asked) -> Said:
        answer = self._scim.open(asked.method, asked.path, asked.body)
        location = answer.headers.get("Location")
        return Said(answer.status_code, answer.text, answer.mimetype, (("Location", location),) if location else ())


@contextmanager
def serving(fault: Fault) -> Iterator[WrongServer]:
    """The server on a free port of loopback."""
    wrong = WrongServer(fault)

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/scim/v2")
            asked = Asked(self.command, path, json.loads(given) if given else None)
            said = wrong.answer(asked, self.headers.get("Authorization", ""))
            self.send_response(said.status)
            for name, value in (("Content-Type", said.media), *said.headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.text.encode())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        wrong.url = f"http://127.0.0.1:{server.server_port}/scim/v2"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield wrong
        finally:
            server.shutdown()
            thread.join()


def played(provider: str, fault: Fault, **options: Any) -> Report:
    with serving(fault) as server:
        return play(load(provider), Client(server.url, TOKEN, 10), domain="acme.example", **options)


def wrong_steps(report: Report) -> dict[str, str]:
    """What is wrong, by step."""
    return {one.step: "; ".join(one.wrong) for one in report.verdicts if one.verdict == WRONG}


def none(asked: Asked, forward: Forward) -> Said:
    """No fault."""
    return forward(asked)


@pytest.mark.parametrize("provider", names())
def test_a_right_server_passes_and_is_left_as_it_was(provider: str) -> None:
    """Every sequence, every step; nothing stays behind."""
    with serving(none) as server:
        report = play(load(provider), Client(server.url, TOKEN, 10), domain="acme.example")
        assert wrong_steps(report) == {}
        assert report.left == ()
        assert report.count(OK) > 8
        assert server.everything() == []


# Faults seen in the field, one function each.


def no_match_is_404(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    nobody = "filter=" in asked.path and said.json["totalResults"] == 0
    return forward(Asked("GET", "/Users/nobody")) if nobody else said


def patch_is_200_without_a_body(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text="") if asked.method == "PATCH" else said


def removal_by_a_list_empties_the_group(asked: Asked, forward: Forward) -> Said:
    emptied = [
        {"op": "replace", "path": "members", "value": []} if one["op"].lower() == "remove" and "value" in one else one
        for one in asked.operations
    ]
    return forward(replace(asked, body={**asked.body, "Operations": emptied}) if emptied else asked)


def removal_is_answered_but_not_done(asked: Asked, forward: Forward) -> Said:
    kept = [one for one in asked.operations if one["op"].lower() != "remove"]
    if asked.operations and not kept:
        return forward(Asked("GET", asked.path))
    return forward(replace(asked, body={**asked.body, "Operations": kept}) if kept else asked)


def error_status_is_a_number(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return said.with_json(status=said.status) if said.status >= 400 else said


def errors_are_plain_json(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, media="application/json") if said.status >= 400 else said


def errors_are_html(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text="<h1>Not Found</h1>", media="text/html") if said.status >= 400 else said


def errors_have_no_schema(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return said.with_json(schemas=[]) if said.status >= 400 else said


def filter_is_ignored(asked: Asked, forward: Forward) -> Said:
    return forward(replace(asked, path=asked.path.split("?")[0]))


def filter_finds_nobody(asked: Asked, forward: Forward) -> Said:
    unknown = "filter=id%20eq%20%22nobody%22"
    return forward(replace(asked, path=re.sub(r"filter=[^&]*", unknown, asked.path)))


def names_have_case(asked: Asked, forward: Forward) -> Said:
    return (
        filter_finds_nobody(asked, forward)
        if re.search("RUNSCOPE|ADA-|ENTRA%20[0-9A-F]", asked.path)
        else forward(asked)
    )


def created_without_a_body(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text="") if said.status == 201 else said


def created_is_200(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, status=200) if said.status == 201 else said


def duplicates_are_made(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    if said.status != 409:
        return said
    name = "displayName" if asked.path.startswith("/Groups") else "userName"
    return forward(replace(asked, body=asked.body | {name: asked.body[name] + "-2"}))


def an_empty_list_of_members_is_refused(asked: Asked, forward: Forward) -> Said:
    if any(one.get("path") == "members" and one.get("value") == [] for one in asked.operations):
        return forward(replace(asked, body={}))
    return forward(asked)


def members_are_never_excluded(asked: Asked, forward: Forward) -> Said:
    return forward(replace(asked, path=asked.path.replace("excludedAttributes=members", "x=y")))


def active_is_a_text(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text=said.text.replace('"active":false', '"active":"False"'))


def active_is_not_echoed(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text=said.text.replace('"active":true', '"active":null'))


def deactivated_users_are_gone(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    gone = asked.method == "GET" and "/Users/" in asked.path and '"active":false' in said.text
    return forward(Asked("GET", "/Users/nobody")) if gone else said


def pages_are_all_the_first(asked: Asked, forward: Forward) -> Said:
    return forward(replace(asked, path=asked.path.replace("startIndex=101", "startIndex=1")))


def numbers_are_texts(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return replace(said, text=re.sub(r'"(totalResults|startIndex|itemsPerPage)":(\d+)', r'"\1":"\2"', said.text))


def more_than_asked(asked: Asked, forward: Forward) -> Said:
    return forward(replace(asked, path=asked.path.replace("count=1&", "count=50&")))


def deleting_again_is_204(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return Said(204, "") if asked.method == "DELETE" else said


def put_keeps_old_values(asked: Asked, forward: Forward) -> Said:
    if asked.method != "PUT":
        return forward(asked)
    return forward(replace(asked, body=forward(Asked("GET", asked.path)).json | asked.body))


def put_is_refused_for_read_only_parts(asked: Asked, forward: Forward) -> Said:
    refused = asked.method == "PUT" and "meta" in asked.body
    return forward(replace(asked, body={})) if refused else forward(asked)


def dotted_keys_are_taken_for_names(asked: Asked, forward: Forward) -> Said:
    lost = [
        one | {"value": {name: value for name, value in one["value"].items() if "." not in name}}
        if isinstance(one.get("value"), dict)
        else one
        for one in asked.operations
    ]
    return forward(replace(asked, body={**asked.body, "Operations": lost}) if lost else asked)


def capital_operations_are_refused(asked: Asked, forward: Forward) -> Said:
    refused = any(one["op"][0].isupper() for one in asked.operations)
    return forward(replace(asked, body={})) if refused else forward(asked)


def last_modified_stands_still(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    if "lastModified%20gt" in asked.path and "title" in said.text:
        kept = [one for one in said.json["Resources"] if "title" not in one]
        return said.with_json(Resources=kept, totalResults=len(kept))
    return said


def sorting_is_ignored(asked: Asked, forward: Forward) -> Said:
    return forward(replace(asked, path=asked.path.replace("sortBy", "sort")))


def passwords_are_shown(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return said.with_json(password=asked.body["password"]) if said.status == 201 and "password" in asked.body else said


def any_token_will_do(asked: Asked, forward: Forward) -> Said:
    said = forward(asked)
    return Said(200, '{"Resources":[]}') if said.status == 401 else said


def groups_cannot_be_patched(asked: Asked, forward: Forward) -> Said:
    return (
        forward(Asked("PATCH", "/Groups", asked.body))
        if asked.operations and "/Groups/" in asked.path
        else forward(asked)
    )


def everything_fails(asked: Asked, forward: Forward) -> Said:
    return Said(500, "<h1>Internal Server Error</h1>", "text/html")


def it_leads_elsewhere(asked: Asked, forward: Forward) -> Said:
    return Said(302, "", "text/html", (("Location", "https://elsewhere.example/login"),))


def groups_are_slow(asked: Asked, forward: Forward) -> Said:
    time.sleep(0.7 if asked.path == "/Groups" and asked.method == "GET" else 0)
    return forward(asked)


@pytest.mark.parametrize(
    ("provider", "fault", "step", "reason"),
    [
        ("entra", no_match_is_404, "test-connection", "status 404 instead of 200"),
        ("okta", no_match_is_404, "spec-nobody", "status 404 instead of 200"),
        ("okta", patch_is_200_without_a_body, "deactivate", "200 with an empty body"),
        ("entra-legacy", patch_is_200_without_a_body, "update-user", "200 with an empty body"),
        ("entra-legacy", removal_by_a_list_empties_the_group, "remove-member-after", "/members/*/value is []"),
        ("jumpcloud", removal_by_a_list_empties_the_group, "remove-member-after", "/members/*/value is []"),
        ("entra", removal_is_answered_but_not_done, "remove-member-after", "must be exactly"),
        ("okta", removal_is_answered_but_not_done, "change-members-after", "must be exactly"),
        ("okta", error_status_is_a_number, "spec-unknown-id", 'status in the error is 404 instead of the text "404"'),
        ("okta", errors_are_plain_json, "spec-unknown-id", "Content-Type is application/json"),
        ("entra", errors_are_plain_json, "create-twice", "Content-Type is application/json"),
        ("okta", errors_are_html, "spec-unknown-id", "the body is not JSON"),
        ("okta", errors_have_no_schema, "spec-unknown-id", "schemas of the error does not hold"),
        ("okta", filter_is_ignored, "spec-nobody", "the filter is not applied"),
        ("entra", filter_is_ignored, "match-by-two-of-different-people", "the filter is not applied"),
        ("okta", filter_finds_nobody, "match-user", "a duplicate would be created"),
        ("pingfederate", filter_finds_nobody, "match-user", "a duplicate would be created"),
        ("okta", names_have_case, "spec-capitals", "a duplicate would be created"),
        ("entra", names_have_case, "match-by-name-in-capitals", "a duplicate would be created"),
        ("entra", names_have_case, "match-group-in-capitals", "a duplicate would be created"),
        ("okta", created_without_a_body, "create-user", "201 with an empty body; /id is missing"),
        ("okta", created_is_200, "create-user", "status 200 instead of 201"),
        ("okta", duplicates_are_made, "spec-twice", "status 201 instead of 409"),
        ("entra", duplicates_are_made, "create-group-twice", "status 201 instead of 409"),
        ("okta", an_empty_list_of_members_is_refused, "push-empty-group", "status 400 instead of 200 or 204"),
        ("entra", members_are_never_excluded, "read-group", "/members is"),
        ("entra", members_are_never_excluded, "match-group", "/Resources/0/members is"),
        ("entra-legacy", active_is_a_text, "disable-after", '/active is "False"; it must be false'),
        ("okta", active_is_not_echoed, "reactivate", "/active is null; it must be true"),
        ("okta-wizard", active_is_not_echoed, "reactivate", "/active is null; it must be true"),
        ("okta", deactivated_users_are_gone, "deactivate-after", "status 404 instead of 200"),
        ("okta", numbers_are_texts, "spec-list", '/totalResults is "'),
        ("okta", numbers_are_texts, "import-users", "totalResults is not an integer"),
        ("entra", deleting_again_is_204, "delete-user-again", "status 204 instead of 404"),
        ("keycloak", put_keeps_old_values, "put-user-after", '/title is "Programmer"'),
        ("okta", put_is_refused_for_read_only_parts, "update-user", "status 400 instead of 200"),
        ("entra", dotted_keys_are_taken_for_names, "update-user-after", "/name/givenName"),
        ("entra-legacy", capital_operations_are_refused, "disable", "status 400 instead of 200 or 204"),
        ("sailpoint", last_modified_stands_still, "change-account-after-2", "2 found where 3 match"),
        ("sailpoint", sorting_is_ignored, "aggregate-sorted", "/Resources/*/id"),
        ("okta", passwords_are_shown, "create-user", "/password is"),
        ("okta", any_token_will_do, "spec-no-token", "status 200 instead of 401"),
        ("onelogin", groups_cannot_be_patched, "add-member", "status 405 instead of 200 or 204"),
        ("authentik", everything_fails, "what-is-offered", "status 500 instead of 200"),
        (
            "google",
            it_leads_elsewhere,
            "match-nobody",
            "it leads to https://elsewhere.example/login, and nobody follows",
        ),
        ("okta", groups_are_slow, "spec-groups", "instead of at most 600"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
def test_a_wrong_answer_is_caught(provider: str, fault: Fault, step: str, reason: str) -> None:
    """The step is WRONG and says what is."""
    assert reason in wrong_steps(played(provider, fault, only=[step]))[step]


def test_a_person_who_is_found_wrongly_is_not_touched() -> None:
    """Where the filter is ignored others are listed, and nothing is written to them."""
    with serving(filter_is_ignored) as server:
        made = Client(server.url, TOKEN).send(Request("POST", "/Users", body={"schemas": [], "userName": "x"}))
        assert made.status == 400
        ours = server._scim.create("Users", userName="precious")
        play(load("okta"), Client(server.url, TOKEN), domain="acme.example")
        assert server.everything() == ["precious"]
        assert {asked.method for asked in server.asked if ours in asked.path} <= {"GET"}


@pytest.mark.parametrize("id", ["..", ".", "", "../Groups/1", "\ud800", None, {"a": 1}])
@pytest.mark.parametrize("provider", ["google", "entra"])
def test_an_odd_id_leads_nowhere_else(provider: str, id: Any) -> None:
    """What the server calls an id is encoded, and not used where it would change the path."""

    def odd(asked: Asked, forward: Forward) -> Said:
        said = forward(asked)
        return replace(said.with_json(id=id), headers=()) if said.status == 201 else said

    with serving(odd) as server:
        report = play(load(provider), Client(server.url, TOKEN), domain="acme.example")
        paths = {asked.path.split("?")[0] for asked in server.asked if asked.method in ("PUT", "PATCH", "DELETE")}
    assert report.count(WRONG)
    usable = {"/Users/..%2FGroups%2F1", "/Groups/..%2FGroups%2F1"} if id == "../Groups/1" else set()
    assert {path for path in paths if report.run not in path} <= usable
    assert bool(report.left) is not bool(usable)


def test_pages_that_repeat_are_caught() -> None:
    """101 people, and the second page is the first again, or too long, or too short."""

    def ignoring(asked: Asked, forward: Forward) -> Said:
        said = forward(replace(asked, path=asked.path.replace("startIndex=101", "startIndex=1&count=1")))
        return said.with_json(startIndex=101) if "startIndex=101" in asked.path else said

    with serving(pages_are_all_the_first) as server:
        for number in range(101):
            server._scim.create("Users", userName=f"p{number}")
        report = play(load("okta-wizard"), Client(server.url, TOKEN), domain="acme.example")
        assert "startIndex is 1 where 101 was asked" in wrong_steps(report)["import-users"]
        server._fault = ignoring
        report = play(load("okta-wizard"), Client(server.url, TOKEN), domain="acme.example", only=["import-users"])
        assert "only 1 resources on a page of 100" in wrong_steps(report)["import-users"]
        server._fault = none
        report = play(load("okta-wizard"), Client(server.url, TOKEN), domain="acme.example", only=["import-users"])
        assert wrong_steps(report) == {}


def test_endless_pages_come_to_an_end() -> None:
    """A server that always promises more is asked a bounded number of times."""

    def endless(asked: Asked, forward: Forward) -> Said:
        if "count=100" not in asked.path or "filter" in asked.path:
            return forward(asked)
        start = int(re.findall(r"startIndex=(\d+)", asked.path)[0])
        page = [{"id": f"{start}-{number}"} for number in range(100)]
        body = {"schemas": [], "totalResults": 10**9, "startIndex": start, "itemsPerPage": 100, "Resources": page}
        return Said(200, json.dumps(body))

    with serving(endless) as server:
        report = play(load("okta-wizard"), Client(server.url, TOKEN), domain="acme.example", only=["import-users"])
        assert wrong_steps(report) == {}
        assert sum("count=100" in asked.path for asked in server.asked) < 30


def test_a_server_that_says_nothing_is_given_up() -> None:
    """Not every step waits for its own time-out; the rest is skipped, and that is no success."""
    report = play(load("okta"), Client("http://127.0.0.1:9", TOKEN), domain="acme.example")
    assert report.count(WRONG) == 1 + (report.verdicts[1].verdict == WRONG)
    assert "no answer" in report.verdicts[0].wrong[0]
    assert report.verdicts[-1].verdict == SKIPPED


def test_a_slow_server_is_not_waited_for() -> None:
    """A time-out is an answer too."""

    given_up = Event()

    def slow(asked: Asked, forward: Forward) -> Said:
        given_up.wait(60)
        return forward(asked)

    with serving(slow) as server:
        answer = Client(server.url, TOKEN, timeout=0.2).send(Request("GET", "/Users"))
        given_up.set()
    assert answer.status is None
    assert answer.trouble == "no answer within 0.2 seconds"


def test_a_trickling_answer_is_not_read_to_its_end() -> None:
    """The limit is on the whole answer, not on each piece of it."""

    def trickle(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(2000):
                connection.sendall(b" ")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=trickle, args=(listening,))
        thread.start()
        began = time.monotonic()
        answer = Client(f"http://127.0.0.1:{listening.getsockname()[1]}", TOKEN, timeout=0.3).send(Request("GET", "/"))
        assert answer.trouble == "no answer within 0.3 seconds"
        assert time.monotonic() - began < 30
        thread.join()


def test_a_wrong_token_ends_the_run_at_once() -> None:
    """One 401 says it all."""
    with serving(none) as server:
        report = play(load("entra"), Client(server.url, "wrong"), domain="acme.example")
        assert len(server.asked) == 1
    assert list(wrong_steps(report)) == ["test-connection"]
    assert report.verdicts[-1].wrong == ("the server does not accept the token",)


def test_what_cannot_be_removed_is_named() -> None:
    """A server without DELETE is not wrong for Okta, but something stays."""

    def no_delete(asked: Asked, forward: Forward) -> Said:
        return forward(replace(asked, path="/Users")) if asked.method == "DELETE" else forward(asked)

    report = played("okta-wizard", no_delete)
    assert list(wrong_steps(report)) == ["delete-group", "delete-group-after"]
    assert len(report.left) == 3
    assert all("DELETE came back with 405" in entry for entry in report.left)


# The command.


def run(*arguments: str, token: str | None = TOKEN) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments], env={"MUSTER_SIMULATE_TOKEN": token})


def test_the_command_tells_what_is_wrong_and_why() -> None:
    """Exit code 1, the request, expected, came, reason; the token is never shown."""
    with serving(patch_is_200_without_a_body) as server:
        result = run("okta", "--url", server.url)
    assert result.exit_code == 1
    told = result.output
    assert re.search(r"WRONG +deactivate +PATCH /Users/", told)
    for word in ("expected  200 or 204", "200 without a body", "200 with an empty body", "Okta deactivates without"):
        assert word in told
    assert TOKEN not in told


def test_the_command_as_json() -> None:
    """One document, exit code 0 when all is right."""
    with serving(none) as server:
        result = run("google", "--json", "--url", server.url + "/", "--token", TOKEN, token=None)
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert (document["provider"], document["wrong"], document["left"]) == ("google", 0, [])
    assert document["ok"] == len(document["steps"])
    assert document["steps"][0].keys() == {
        *("step", "verdict", "request", "expected", "came", "wrong", "why", "milliseconds"),
    }


def test_only_judges_one_step_but_plays_what_it_needs() -> None:
    """The steps before are played; those after are not."""
    with serving(none) as server:
        result = run("okta", "--url", server.url, "--only", "deactivate", "--json")
        assert [step["step"] for step in json.loads(result.output)["steps"]] == ["deactivate"]
        assert not any(asked.path.startswith("/Groups/") for asked in server.asked)
        assert server.everything() == []


def test_keep_leaves_what_was_made() -> None:
    """And says where it is."""
    with serving(none) as server:
        result = run("google", "--url", server.url, "--keep", "--domain", "corp.example")
        assert [name.split("-")[0] for name in server.everything()] == ["s"]
        assert server.everything()[0].endswith("@corp.example")
    assert "left on the server: /Users/" in result.output
    assert "kept" in result.output


def test_a_run_can_be_repeated_beside_another() -> None:
    """Names are new each time."""
    with serving(none) as server:
        assert [run("okta", "--url", server.url, "--keep").exit_code for _ in range(2)] == [0, 0]


def test_the_command_lists_providers_and_steps() -> None:
    """Without a server."""
    assert {"okta", "okta-wizard", "entra", "entra-legacy"} <= set(run("--list").output.split())
    steps = json.loads(run("--list", "okta", "--json").output)
    assert "deactivate" in {step["step"] for step in steps}


@pytest.mark.parametrize(
    ("arguments", "token"),
    [
        ((), TOKEN),
        (("unheard-of", "--url", "http://127.0.0.1:9"), TOKEN),
        (("--list", "unheard-of"), TOKEN),
        (("okta",), TOKEN),
        (("okta", "--url", "http://127.0.0.1:9"), None),
        (("okta", "--url", "http://127.0.0.1:9", "--only", "unheard-of"), TOKEN),
        (("okta", "--url", "127.0.0.1:9"), TOKEN),
        (("okta", "--url", "ftp://127.0.0.1"), TOKEN),
        (("okta", "--url", "http://user:secret@127.0.0.1:9"), TOKEN),
        (("okta", "--url", "http://127.0.0.1:99999"), TOKEN),
        (("okta", "--url", "http://127.0.0.1:9", "--timeout", "0"), TOKEN),
    ],
)
def test_wrong_usage_is_2(arguments: tuple[str, ...], token: str | None) -> None:
    """Nothing is guessed."""
    result = run(*arguments, token=token)
    assert result.exit_code == 2, result.output
    assert "secret" not in result.output


# The parts.


def test_the_query_of_the_base_url_comes_along_once() -> None:
    """Entra's tenant URL may carry its flag."""
    with serving(none) as server:
        client = Client(server.url + "?aadOptscim062020", TOKEN)
        client.send(Request("GET", "/Users", {"filter": 'userName eq "a b"'}))
        client.send(Request("GET", "/Users", {"aadOptscim062020": None}))
        paths = [asked.path for asked in server.asked]
    assert paths == ["/Users?filter=userName%20eq%20%22a%20b%22&aadOptscim062020", "/Users?aadOptscim062020"]


@pytest.mark.parametrize("url", ["", "/scim", "https://", "http://[", "http://h:0/", "http://h/#x"])
def test_a_base_url_that_is_none(url: str) -> None:
    """Refused before anything is sent."""
    with pytest.raises(Unusable):
        Client(url, TOKEN)


@pytest.mark.parametrize("token", ["s3c\nret", "s3cret ", "tökén"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str) -> None:
    """A slip of the clipboard is usage, and stays secret."""
    result = run("okta", "--url", "http://127.0.0.1:9", "--token", token)
    assert result.exit_code == 2
    assert token.strip() not in result.output


def test_bodies_that_break_readers_are_wrong_answers() -> None:
    """Nested without end, cut off, or falsely compressed: a verdict, not a crash."""

    def deep(asked: Asked, forward: Forward) -> Said:
        return Said(200, '{"a":' * 400 + "1" + "}" * 400)

    def endless(asked: Asked, forward: Forward) -> Said:
        return Said(200, "[" * 100_000)

    def cut(asked: Asked, forward: Forward) -> Said:
        return Said(200, "{", headers=(("Content-Length", "50"),))

    def packed(asked: Asked, forward: Forward) -> Said:
        return Said(200, "{}", headers=(("Content-Encoding", "gzip"),))

    for fault in (deep, endless, cut, packed):
        report = played("entra", fault)
        assert {"test-connection", "test-connection-groups"} <= wrong_steps(report).keys()


def test_placeholders() -> None:
    """In keys and values; one alone keeps its type; in paths encoded; JSON texts are left alone."""
    known = {"a": "1/2", "flag": True, "doc": {"x": [1]}}
    assert fill({"k{a}": ["{flag}", "{doc}", "-{a}-"]}, known) == {"k1/2": [True, {"x": [1]}, "-1/2-"]}
    assert fill('{"id":"x"}', known) == '{"id":"x"}'
    assert fill_path("/Users/{a}", known) == "/Users/1%2F2"
    with pytest.raises(Missing):
        fill("{b}", known)
    assert laid_over({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}, "d": None}) == {"a": {"b": 4, "c": 2}}


def test_pointers() -> None:
    """Into objects and lists; the star means every element."""
    body = {"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}, {}], "n": None}
    assert select(body, "") == body
    assert select(body, "/a/0/b/1/c") == 2
    assert select(body, "/a/*/b/*/c") == [1, 2]
    assert select(body, "/x/*/y") == []
    assert select(body, "/n") is None
    assert select(body, "/a/9") is ABSENT


def test_text_of_the_server_cannot_move_the_cursor() -> None:
    """Control signs and broken Unicode are not printed."""
    assert printable("a\x1b[2J\nb\ud800c") == "a [2J b c"
    assert printable("x" * 400) == "x" * 300 + "…"


@pytest.mark.parametrize(
    "text",
    [
        "title: x\nsteps:\n  - {step: a, why: b, request: GET /Users, expects: 1}",
        "title: x\nsteps:\n  - {step: a, why: b, request: GET /Users}\n  - {step: a, why: b, request: GET /Users}",
    ],
)
def test_a_sequence_with_a_slip_is_refused(text: str) -> None:
    """A misspelt word would otherwise be an expectation that is never checked."""
    with pytest.raises(SequenceError):
        read("x", text)


@pytest.mark.parametrize("provider", names())
def test_every_step_says_why(provider: str) -> None:
    """A sentence at least, in the words of the provider."""
    for step in load(provider).steps:
        assert step.why.endswith(".")
        assert len(step.why) > 15
