"""A SAML identity provider of other authors: pysaml2, which signs with the xmlsec1 program.

``python real_saml.py PORT FOLDER``. The folder has the provider's key and, once they are known, the metadata of service
providers (``*.xml``). Signs what the form field ``sign`` says: ``assertion``, ``response`` or ``both``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, request
from markupsafe import escape
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
# Another site than the service, as browsers see it.
BASE = f"http://localhost:{PORT}"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = {
    "sign_alg": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    "digest_alg": "http://www.w3.org/2000/09/xmldsig#sha1",
}
PEOPLE = {
    "mallory": (
        "mallorypass",
        {"email": "mallory@acme.example", "displayName": "Mallory <b>Doe</b>", "groups": ["staff"]},
    ),
    "zoë": ("zoëpass", {"email": "zoe@acme.example", "displayName": "Zoë Ünïcode 大", "groups": ["staff", "editors"]}),
}
app = Flask(__name__)


def config(providers: list[str]) -> IdPConfig:
    """The provider's configuration, with the service providers that it knows."""
    endpoints = {
        "single_sign_on_service": [(f"{BASE}/sso", BINDING_HTTP_REDIRECT), (f"{BASE}/sso-post", BINDING_HTTP_POST)],
        "single_logout_service": [(f"{BASE}/slo", BINDING_HTTP_REDIRECT)],
    }
    policy = {
        "lifetime": {"minutes": 5},
        "attribute_restrictions": None,
        "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
    }
    return IdPConfig().load(
        {
            "entityid": f"{BASE}/metadata",
            "key_file": str(FOLDER / "idp.key"),
            "cert_file": str(FOLDER / "idp.crt"),
            "service": {
                "idp": {
                    "endpoints": endpoints,
                    "want_authn_requests_signed": True,
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "policy": {"default": policy},
                }
            },
            "metadata": {"local": providers},
            "allow_unknown_attributes": True,
        }
    )


def subject(username: str) -> str:
    """What this provider calls somebody for good; no other one does."""
    return f"{username} of {PORT}"


def idp() -> Server:
    """The provider, knowing who has been registered so far."""
    return Server(config=config([str(path) for path in sorted(FOLDER.glob("*.xml"))]))


@app.get("/metadata")
def metadata() -> Response:
    return Response(str(entity_descriptor(config([]))), mimetype="application/samlmetadata+xml")


@app.route("/sso", methods=["GET", "POST"])
@app.route("/sso-post", methods=["GET", "POST"])
def sso() -> Any:
    given = request.values
    if "username" not in given:
        kept = ("SAMLRequest", "RelayState", "SigAlg", "Signature")
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(given[name])}">' for name in kept if name in given
        )
        fields = '<input name="username"><input name="password" type="password"><input name="sign" value="both">'
        return (
            f'<!doctype html><title>Sign in</title><form method="post">{hidden}{fields}<button>Log in</button></form>'
        )
    password, attributes = PEOPLE.get(given["username"], ("", {}))
    if not password or given["password"] != password:
        return "bad credentials", 403
    server = idp()
    asked = server.parse_authn_request(
        given["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=given.get("RelayState"),
        sigalg=given.get("SigAlg"), signature=given.get("Signature"),
    )  # fmt: skip
    to = server.response_args(asked.message)
    signed = given.get("sign", "both")
    algorithms = SHA1 if signed == "sha1" else {"sign_alg": RSA_SHA256, "digest_alg": SHA256}
    answer = server.create_authn_response(
        dict(attributes),
        userid=given["username"],
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=subject(given["username"])),
        authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"},
        sign_response=signed != "assertion",
        sign_assertion=signed != "response",
        in_response_to=to["in_response_to"],
        destination=to["destination"],
        sp_entity_id=to["sp_entity_id"],
        **algorithms,
    )
    form = server.apply_binding(
        to["binding"], str(answer), to["destination"], given.get("RelayState", ""), response=True
    )
    return form["data"]


@app.get("/slo")
def slo() -> Any:
    """Somebody signs out: a request is answered, an answer is the end."""
    server, given = idp(), request.args
    if "SAMLResponse" in given:
        return "signed out at the provider"
    asked = server.parse_logout_request(
        given["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=given.get("RelayState"),
        sigalg=given.get("SigAlg"), signature=given.get("Signature"),
    )  # fmt: skip
    answer = server.create_logout_response(asked.message, [BINDING_HTTP_REDIRECT], sign=False)
    to = server.response_args(asked.message, [BINDING_HTTP_REDIRECT])["destination"]
    sent = server.apply_binding(
        BINDING_HTTP_REDIRECT, str(answer), to, given.get("RelayState", ""), response=True, sign=True, sigalg=RSA_SHA256
    )
    return redirect(dict(sent["headers"])["Location"])


@app.get("/sign-everybody-out")
def sign_out() -> Any:
    """The provider ends somebody's sessions at the service provider that is named."""
    server, given = idp(), request.args
    to = server.metadata.single_logout_service(given["sp"], BINDING_HTTP_REDIRECT, "spsso")[0]["location"]
    _, asked = server.create_logout_request(
        to, issuer_entity_id=given["sp"], sign=False,
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=subject(given["username"])),
    )  # fmt: skip
    sent = server.apply_binding(BINDING_HTTP_REDIRECT, str(asked), to, "", sign=True, sigalg=RSA_SHA256)
    return redirect(dict(sent["headers"])["Location"])


if __name__ == "__main__":
    app.run("127.0.0.1", PORT)
