"""Identity providers of other authors, each in a process of its own, and how a Muster comes to trust them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.e2e.conftest import Server, free_port
from tests.idp.saml_keys import rsa_pair

IDP = Path(__file__).parent.parent / "idp"
CLIENT_ID = "muster"
SECRET = "a secret between the provider and its client"


@dataclass(frozen=True)
class Connected:
    """A connection of a running Muster, and the provider's own address."""

    server: Server
    id: str
    provider: str
    key: str
    addresses: dict[str, str]

    @property
    def port(self) -> str:
        """By it a provider's people differ from those of others."""
        return self.provider.rpartition(":")[2]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the administration API; it must succeed."""
        return _api(self.server, self.key, method, path, body)


def api_key(server: Server, *scopes: str) -> str:
    """A key of the demo account."""
    options = [part for scope in scopes for part in ("--scope", scope)]
    text: str = json.loads(server.muster("apikey", "issue", server.demo["account"], *options, "--json"))["api_key"]
    return text


@contextmanager
def by_saml(server: Server, folder: Path, **settings: Any) -> Iterator[Connected]:
    """A connection to pysaml2, switched on."""
    key, pair = (
        api_key(server, "connections:read", "connections:write", "users:read", "users:write", "access:write"),
        rsa_pair(),
    )
    (folder / "idp.key").write_text(pair.key)
    (folder / "idp.crt").write_text(pair.certificate)
    port = free_port()
    url = f"http://localhost:{port}"
    with _running([sys.executable, str(IDP / "real_saml.py"), str(port), str(folder)], {}, folder, url + "/metadata"):
        made = _api(server, key, "POST", "/connections", {"name": f"pysaml2 {port}", "protocol": "saml", **settings})
        metadata = requests.get(f"{url}/metadata", timeout=20).text
        _api(server, key, "POST", f"/connections/{made['id']}/metadata", {"xml": metadata})
        ours = requests.get(made["addresses"]["metadata"], timeout=20)
        (folder / "muster.xml").write_text(ours.text)
        _api(server, key, "PATCH", f"/connections/{made['id']}", {"enabled": True})
        yield Connected(server, made["id"], url, key, made["addresses"])


@contextmanager
def by_oidc(server: Server, folder: Path, *, conform: bool = False, **settings: Any) -> Iterator[Connected]:
    """A connection to panva's oidc-provider, switched on. ``conform``: what scopes ask for is told at userinfo only."""
    key, port = (
        api_key(server, "connections:read", "connections:write", "users:read", "users:write", "access:write"),
        free_port(),
    )
    url = f"http://127.0.0.1:{port}"
    body = {
        "name": f"oidc-provider {port}",
        "protocol": "oidc",
        "oidc": {"issuer": url, "client_id": CLIENT_ID, "uses_userinfo": conform},
        "client_secret": SECRET,
        **settings,
    }
    made = _api(server, key, "POST", "/connections", body)
    with oidc_provider(port, made["addresses"], folder, conform=conform):
        _api(server, key, "POST", f"/connections/{made['id']}/refresh")
        _api(server, key, "PATCH", f"/connections/{made['id']}", {"enabled": True})
        yield Connected(server, made["id"], url, key, made["addresses"])


@contextmanager
def oidc_provider(port: int, ours: Mapping[str, str], folder: Path, *, conform: bool = False) -> Iterator[None]:
    """panva's oidc-provider at a port, which knows a Muster by the addresses of its connection."""
    environment = {
        "PORT": str(port),
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": SECRET,
        "REDIRECT_URI": ours["callback"],
        "LOGOUT_REDIRECT_URI": ours["logout"],
        "BACKCHANNEL_LOGOUT_URI": ours["backchannel_logout"],
        "CONFORM": "1" if conform else "0",
    }
    discovery = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    with _running(["node", str(IDP / "node" / "provider.mjs")], environment, folder, discovery):
        yield


@contextmanager
def _running(command: list[str], environment: dict[str, str], folder: Path, ready: str) -> Iterator[None]:
    """A process, once it answers at ``ready``; ended with the block."""
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
    try:
        for _ in range(1200):  # a minute, on a machine that has other things to do
            assert process.poll() is None, (folder / "provider.log").read_text()
            try:
                if requests.get(ready, timeout=5).status_code == 200:
                    break
            except requests.RequestException:
                pass
            time.sleep(0.05)
        else:
            raise AssertionError((folder / "provider.log").read_text())
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _api(server: Server, key: str, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(
        method, f"{server.url}/api/v1{path}", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=60
    )
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
