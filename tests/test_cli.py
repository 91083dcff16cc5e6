"""The `muster` command: words for people, JSON for scripts, exit codes that mean something, no traceback ever."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from click.testing import CliRunner

from app.cli import main
from app.db import Database
from app.services import tokens
from app.stores.directory import open_directory_store
from scim import service
from scim.dialects import DEVIATIONS, PRESETS, deviations, unrepaired
from tests.builders import a_group, a_user
from tests.conftest import KEY

MAPPING = {"rules": [{"name": "Analysts", "group": {"name": "MC Analysts"}, "grants": [{"role": "Analyst"}]}]}


class Muster:
    """Runs commands in process against one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = {
            "MUSTER_DATABASE_URL": url,
            "MUSTER_SECRET_KEY": KEY,
            "MUSTER_DATA_DIR": str(folder),
            "MUSTER_PUBLIC_URL": "https://muster.example.test",
        }

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; its exit code must be as expected."""
        done = CliRunner().invoke(main, arguments, env=self.environment, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.output

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command prints with --json, read back."""
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the worker's database, in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


@pytest.fixture
def account(muster: Muster) -> str:
    """A new account with a directory."""
    name = f"Cli {uuid4().hex[:10]}"
    muster.run("account", "create", name)
    muster.run("directory", "create", name, "--preset", "okta")
    return name


def push_analyst(database: Database, muster: Muster, account: str) -> str:
    """An analyst in the group that the mapping names; returns the user name."""
    ids = muster.json("account", "list")
    account_id = next(found["id"] for found in ids if found["name"] == account)
    directory_id = next(found["id"] for found in muster.json("directory", "list", account) if found["preset"] == "okta")
    user_name = f"{uuid4().hex[:8]}@acme.example"
    with database.writing() as session:
        store = open_directory_store(session, account_id, directory_id)
        person = service.create(store, "User", a_user(user_name)).id
        service.create(store, "Group", a_group("MC Analysts", [person]))
    return user_name


def test_upgrade_is_safe_to_repeat(muster: Muster) -> None:
    """Nothing to do is said, not failed."""
    assert "already" in muster.run("upgrade")
    answer = muster.json("upgrade")
    assert answer["before"] == answer["after"]


def test_demo_is_idempotent(muster: Muster) -> None:
    """Twice the same account, token and key; both work."""
    first = muster.json("demo")
    second = muster.json("demo")
    assert second == first | {"created": False}
    assert first["scim_url"] == "https://muster.example.test/scim/v2"
    assert set(first) >= {"scim_url", "scim_token", "api_url", "api_key"}
    assert "Northwind Demo" in muster.run("demo")


def test_demo_replaces_what_was_revoked(muster: Muster) -> None:
    """A revoked demo token stays revoked; the next demo prints one that is valid."""
    first = muster.json("demo")
    muster.run("token", "revoke", first["account"], first["scim_token"].split("_")[1])
    second = muster.json("demo")
    assert second["scim_token"] != first["scim_token"]
    assert second["api_key"] == first["api_key"]
    assert muster.json("demo")["scim_token"] == second["scim_token"]


def test_serve_refuses_a_port_in_use(muster: Muster) -> None:
    """A second server on the same port is refused, even where the first one shares it."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "--port" in muster.run("serve", "--port", str(other.getsockname()[1]), code=5)


@pytest.mark.parametrize(
    ("public_url", "is_warned"),
    [
        ("http://127.0.0.1:1", True),
        ("http://muster.example.test", True),
        ("https://muster.example.test", False),
        ("http://127.0.0.1:{port}", False),
    ],
)
def test_serve_warns_of_addresses_that_lead_elsewhere(muster: Muster, public_url: str, is_warned: bool) -> None:
    """Plain HTTP on another port than the public URL names; TLS is a proxy's, which leads from one to the other."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        muster.environment["MUSTER_PUBLIC_URL"] = public_url.format(port=port)
        said = muster.run("serve", "--port", port, code=5)
    assert (f"MUSTER_PUBLIC_URL=http://{public_url.split('/')[2].split(':')[0]}:{port}" in said) is is_warned


def test_account_directory_token_life_cycle(muster: Muster, account: str) -> None:
    """Issue, list, revoke; the text appears once and never again."""
    issued = muster.json("token", "issue", account, "--name", "first")
    assert issued["token"].startswith("mscim_")
    listed = muster.run("token", "list", account)
    assert issued["prefix"] in listed
    assert issued["token"] not in listed
    assert "never" in listed
    assert "revoked" in muster.run("token", "revoke", account, issued["prefix"])
    assert muster.json("token", "list", account)[0]["state"] == "revoked"
    key = muster.json("apikey", "issue", account, "--days", "1")
    assert key["api_key"].startswith("mapi_")
    assert muster.json("apikey", "list", account)[0]["scopes"].split() == list(tokens.DECIDING)
    muster.run("apikey", "revoke", account, key["prefix"])
    assert muster.json("apikey", "list", account)[0]["state"] == "revoked"


def test_nothing_pushes_into_the_accounts_own_directory(muster: Muster, account: str) -> None:
    """So that no token is issued for it; the identity provider's has some."""
    assert "made by hand" in muster.run("token", "issue", account, "local", code=4)
    assert muster.json("token", "list", account, "local") == []
    assert muster.json("token", "issue", account)["token"]


def test_an_account_is_suspended_and_resumed(muster: Muster, account: str) -> None:
    """Both are said, may be said again, and keep the audit trail whole."""
    for command, suspended in (("suspend", True), ("suspend", True), ("resume", False)):
        assert muster.json("account", command, account)["suspended"] is suspended
    assert "resume" in muster.run("account", "suspend", account)
    [listed] = [line for line in muster.run("account", "list").splitlines() if line.startswith(account)]
    assert "suspended" in listed
    assert any("in service" in line for line in muster.run("account", "list").splitlines())
    assert next(one for one in muster.json("account", "list") if one["name"] == account)["suspended"] is True
    muster.run("account", "resume", account)
    muster.run("audit", "verify", account)
    muster.run("account", "suspend", "nobody at all", code=3)


def test_scopes_of_an_api_key(muster: Muster, account: str) -> None:
    """Those that are named and no others; what is none is refused, naming those there are."""
    muster.run("apikey", "issue", account, "--name", "office", "--scope", "users:read", "--scope", "items:write")
    assert muster.json("apikey", "list", account)[0]["scopes"] == "users:read items:write"
    assert "users:write" in muster.run("apikey", "issue", account, "--scope", "users:everything", code=4)
    assert len(muster.json("apikey", "list", account)) == 1


def test_keys_of_the_installation(muster: Muster, account: str) -> None:
    """They belong to no account and have no scopes; issued, listed and revoked like others."""
    key = muster.json("apikey", "issue", "--installation", "--name", "operator")
    assert key["api_key"].startswith("minst_")
    [listed] = [one for one in muster.json("apikey", "list", "--installation") if one["prefix"] == key["prefix"]]
    assert (listed["name"], listed["state"]) == ("operator", "valid")
    assert key["prefix"] not in muster.run("apikey", "list", account)
    muster.run("apikey", "issue", account, "--installation", code=2)
    muster.run("apikey", "issue", code=2)
    muster.run("apikey", "issue", "--installation", "--scope", "users:read", code=2)
    muster.run("apikey", "revoke", "--installation", key["prefix"])
    [listed] = [one for one in muster.json("apikey", "list", "--installation") if one["prefix"] == key["prefix"]]
    assert listed["state"] == "revoked"


def test_mapping_publish_and_explain(muster: Muster, account: str, database: Database, tmp_path: Path) -> None:
    """A dry run changes nothing; a publish gives the role; explain says why, and why not."""
    person = push_analyst(database, muster, account)
    file = tmp_path / "mapping.yaml"
    file.write_text(yaml.safe_dump(MAPPING))
    muster.run("mapping", "publish", account, str(file), "--dry-run")
    assert "no_grant" in json.dumps(muster.json("explain", account, person, VIEWED_BY_ANALYSTS, code=1))
    muster.run("mapping", "publish", account, str(file), "--reason", "first")
    said = muster.run("explain", account, person, VIEWED_BY_ANALYSTS)
    for word in ("Analyst", "Analysts", "MC Analysts"):
        assert word in said
    muster.run("explain", account, person, "campaigns.email.launch", code=1)
    assert "intact" in muster.run("audit", "verify", account)


def test_a_shown_mapping_can_be_published_again(
    muster: Muster, account: str, database: Database, tmp_path: Path
) -> None:
    """As YAML and as JSON, and before the first publish; it means what is published already."""
    file = tmp_path / "mapping.yaml"
    file.write_text(muster.run("mapping", "show", account))
    assert "nothing changes" in muster.run("mapping", "publish", account, str(file))
    push_analyst(database, muster, account)
    file.write_text(yaml.safe_dump(MAPPING))
    muster.run("mapping", "publish", account, str(file))
    shown = muster.json("mapping", "show", account)
    assert [(rule["name"], rule["group"]["name"]) for rule in shown["rules"]] == [("Analysts", "MC Analysts")]
    for text in (muster.run("mapping", "show", account), json.dumps(shown)):
        file.write_text(text)
        assert "this is revision 1 already" in muster.run("mapping", "publish", account, str(file))


def test_a_new_directory_tells_what_its_provider_does(muster: Muster, account: str) -> None:
    """Its deviations and their repairs, and no other provider's; the help names all presets but the account's own."""
    told = muster.json("directory", "create", account, "--preset", "google")["deviations"]
    assert told == [{"deviation": one.deviation, "repair": one.repair} for one in deviations("google")]
    said = muster.run("directory", "create", account, "--preset", "onelogin")
    for one in DEVIATIONS:
        assert (one.deviation in said) == ("onelogin" in one.providers)
    offered = re.findall(
        r"[a-z-]+", muster.run("directory", "create", "--help").partition("--preset [")[2].partition("]")[0]
    )
    assert sorted(offered) == sorted(set(PRESETS) - {"local"})


def test_a_directory_says_what_it_repairs_and_how_often_it_may_be_asked(muster: Muster, account: str) -> None:
    """Beside its preset; a name of no repair is refused, and saying nothing is a mistake."""
    muster.run("directory", "create", account, "--preset", "okta", "--name", "Pushing")
    here = ("directory", "set", account, "Pushing")
    said = muster.run(*here, "--repairs", "only +string-booleans -own-ids", "--requests-per-minute", "600")
    assert "requests a minute and worker: 600" in said
    off = said.partition("not repaired: ")[2].partition("\n")[0].split(", ")
    assert set(off) == (unrepaired("okta", "only") - {"string-booleans"}) | {"own-ids"}
    done = muster.json(*here, "--repairs", "", "--requests-per-minute", "-1")
    assert (done["repairs"], done["requests_per_minute"]) == ("", None)
    assert "creating-paths" in muster.run(*here, "--repairs", "+nonsense", code=4)
    assert "--repairs" in muster.run(*here, code=2)


def test_a_directory_waits_goes_on_and_is_removed_once_it_is_empty(muster: Muster, account: str) -> None:
    """What stands in the way is told by number; the account's own stays."""
    muster.run("directory", "create", account, "--name", "Pushing")
    assert "no requests yet" in muster.run("directory", "requests", account, "Pushing")
    paused = muster.json("directory", "pause", account, "Pushing")
    assert (paused["state"], muster.json("directory", "pause", account, "Pushing")["paused"]) == (
        "paused",
        paused["paused"],
    )
    assert muster.json("directory", "resume", account, "Pushing")["state"] == "closed"
    assert "nothing is pushed into local" in muster.run("directory", "remove", account, "local", code=4)
    muster.run("directory", "remove", account, "Pushing")
    muster.run("directory", "requests", account, "Pushing", code=3)
    assert "chain intact" in muster.run("audit", "verify", account)


VIEWED_BY_ANALYSTS = "reports.campaigns.view"


def test_owner_create(muster: Muster, account: str) -> None:
    """An owner manages users and nothing of the product's features."""
    muster.run("owner", "create", account, "olivia@acme.example", "--name", "Olivia")
    muster.run("explain", account, "olivia@acme.example", "account.users.edit")
    muster.run("explain", account, "olivia@acme.example", "campaigns.email.launch", code=1)
    assert muster.run("owner", "create", account, "olivia@acme.example", code=4)


def test_profile_load_and_list(muster: Muster, account: str, tmp_path: Path) -> None:
    """A shipped profile by name; a broken file is refused with its place."""
    assert "email-marketing" in muster.run("profile", "list")
    assert "default roles" in muster.run("profile", "load", account, "email-marketing")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 3\n[[tabs]]\n")
    assert "name" in muster.run("profile", "load", account, str(broken), code=4)


REFUSALS = [
    (("account", "create"), 2, "NAME"),
    (("account", "create", "{account}"), 4, "already"),
    (("account", "create", "New", "--profile", "nonsense"), 3, "email-marketing"),
    (("directory", "create", "nobody"), 3, "nobody"),
    (("directory", "create", "{account}", "--preset", "novell"), 2, "entra-legacy"),
    (("directory", "create", "{account}", "--preset", "local"), 2, "entra-legacy"),
    (("directory", "set", "{account}", "okta"), 2, "--no-unique-group-names"),
    (("directory", "set", "{account}", "nowhere", "--unique-group-names"), 3, "okta"),
    (("directory", "create", "{account}", "--preset", "okta"), 4, "already"),
    (("token", "issue", "{account}", "nowhere"), 3, "okta"),
    (("token", "revoke", "{account}", "000000000000"), 3, "prefix"),
    (("apikey", "issue", "{account}", "--scope", "everything"), 4, "decisions:evaluate"),
    (("apikey", "revoke", "{account}", "x"), 3, "prefix"),
    (("explain", "{account}", "nobody", "campaigns.email.launch"), 3, "nobody"),
    (("explain", "nobody", "x", "y"), 3, "nobody"),
    (("mapping", "publish", "{account}", "missing.yaml"), 2, "missing.yaml"),
    (("mapping", "publish", "{account}", "{file}"), 4, "Marketers"),
    (("mapping", "show", "nobody"), 3, "nobody"),
    (("mapping", "orphans", "nobody"), 3, "nobody"),
    (("mapping", "rebind", "nobody", "x"), 3, "nobody"),
    (("mapping", "rebind", "{account}", "Nothing"), 3, "no rule is an orphan"),
    (("mapping", "rebind", "{account}", "Nothing", "--group", "x"), 3, "Nothing"),
    (("audit", "verify", "nobody"), 3, "nobody"),
    (("profile", "load", "{account}", "nonsense"), 3, "nonsense"),
    (("profile", "load", "nobody", "email-marketing"), 3, "nobody"),
    (("owner", "create", "nobody", "x"), 3, "nobody"),
    (("serve", "--port", "0"), 2, "port"),
    (("nonsense",), 2, "nonsense"),
]


@pytest.mark.parametrize(
    ("command", "code", "word"), REFUSALS, ids=lambda part: " ".join(part) if isinstance(part, tuple) else None
)
def test_a_refusal_says_what_to_do(
    muster: Muster, account: str, tmp_path: Path, command: tuple[str, ...], code: int, word: str
) -> None:
    """Wrong usage 2, not found 3, refused 4; the message names the thing, and nothing is a traceback."""
    file = tmp_path / "mapping.yaml"
    file.write_text(
        yaml.safe_dump({"rules": [{"name": "x", "group": {"name": "Marketers"}, "grants": [{"role": "Nobody"}]}]})
    )
    said = muster.run(*(part.format(account=account, file=file) for part in command), code=code)
    assert word in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "rules: 3\n",
        "rules:\n  - name: x\n",
        "rules: [{name: x, group: {}, grants: []}]\n",
        "a: [b\n",
        "rules:\n  - {name: x, group: {name: G}, grants: [{role: Account Owner}]}\n",
        "\x00",
    ],
)
def test_a_bad_mapping_file_changes_nothing(muster: Muster, account: str, tmp_path: Path, text: str) -> None:
    """Not YAML, not a mapping, not the schema, or not allowed: refused with the place, and no revision is made."""
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    before = muster.json("audit", "verify", account)[0]["events"]
    assert "Traceback" not in muster.run("mapping", "publish", account, str(file), code=4)
    assert muster.json("audit", "verify", account)[0]["events"] == before


def test_a_database_that_is_not_ready_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 5 with a remedy: nothing migrated, no server, senseless settings."""
    monkeypatch.chdir(tmp_path)
    empty = Muster(f"sqlite:///{tmp_path}/empty.db", tmp_path)
    assert "muster upgrade" in empty.run("account", "list", code=5)
    unreachable = Muster("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)
    assert "refused" in unreachable.run("account", "list", code=5)
    senseless = Muster(f"sqlite:///{tmp_path}/empty.db", tmp_path)
    senseless.environment |= {"MUSTER_BODY_LIMIT": "much", "MUSTER_PUBLIC_URL": "here", "MUSTER_SECRET_KEY": "short"}
    said = senseless.run("account", "list", code=5)
    for name in ("MUSTER_BODY_LIMIT", "MUSTER_PUBLIC_URL", "MUSTER_SECRET_KEY"):
        assert name in said


@pytest.mark.parametrize(
    "command",
    ["serve", "account list", "token list Nobody", "audit verify", "explain Nobody x y", "mapping publish Nobody x"],
)
def test_only_upgrade_and_demo_make_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """A mistyped path must not look like an empty installation."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("{}")
    file = tmp_path / "folder" / "mistyped.db"
    mistyped = Muster(f"sqlite:///{file}", tmp_path)
    assert "run `muster upgrade` first" in mistyped.run(*command.split(), code=5)
    assert not file.parent.exists()
    mistyped.run("upgrade")
    assert file.exists()


def test_a_secret_key_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without MUSTER_SECRET_KEY a file is made that only its owner can read, and used ever after."""
    monkeypatch.chdir(tmp_path)
    installation = Muster(f"sqlite:///{tmp_path}/own.db", tmp_path / "data")
    installation.environment["MUSTER_SECRET_KEY"] = ""
    installation.run("upgrade")
    file = tmp_path / "data" / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    made = file.read_text()
    assert "already" in installation.run("upgrade")
    assert file.read_text() == made
