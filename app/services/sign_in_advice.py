"""What an administrator does about a refused sign-in, by its reason. Every reason has its line."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "form": (
        "Something else than a sign-in was sent to this address, or far too much of it. Check that the address entered "
        "at the provider is the one that `muster connection show` names, and that a proxy in between changes nothing."
    ),
    "encoding": (
        "The message arrived damaged. Look for a proxy or filter between the browser and Muster that rewrites forms or "
        "addresses."
    ),
    "xml": (
        "The provider sends XML that no reader may take safely. Switch off whatever adds comments or a document type "
        "at the provider; most have no such setting, so also ask who could have changed the message on its way."
    ),
    "limits": (
        "The message is unusually large, mostly because hundreds of groups are sent. Send only the groups that are "
        "assigned to this application, or let SCIM push groups instead."
    ),
    "structure": (
        "The message is none that this protocol knows. Check that the application at the provider is of the right kind "
        "(SAML 2.0 or OpenID Connect, as this connection) and not an older one."
    ),
    "ids": "Two parts of the message have one id, which honest providers never send. Treat it as an attack.",
    "signature_form": (
        "The signature does not cover the message as it must; honest providers never send this. Treat it as an attack."
    ),
    "algorithm": (
        "The provider signs or encrypts with an old algorithm. Choose RSA-SHA256 (or RS256) there; for encryption "
        "AES-GCM with RSA-OAEP."
    ),
    "unsigned": (
        "The provider does not sign what this connection asks for. Switch on signing of assertions there, or of both "
        "assertion and response, as the connection says."
    ),
    "signature": (
        "The provider signs with a key that this connection does not know; mostly its certificate was renewed. Import "
        "its metadata anew, or add the new certificate: muster connection certificate add."
    ),
    "encryption": (
        "The message cannot be decrypted: the provider encrypts for an old key of ours, or not at all although the "
        "connection asks for it. Let the provider read our metadata anew."
    ),
    "status": (
        "The provider itself refused this sign-in; its own log says why. Mostly the person is not assigned to the "
        "application there."
    ),
    "destination": (
        "The message was made for another address. Copy the ACS URL (or redirect URI) of this connection to the "
        "provider once more, character for character; another connection's is another address."
    ),
    "issuer": (
        "The message comes from another provider, or another tenant of it, than this connection trusts. Compare entity "
        "id or issuer here and there, also http and https and a slash at the end."
    ),
    "audience": (
        "The message was made for another service. Copy our entity id (SAML) or the client id (OpenID Connect) to the "
        "provider once more."
    ),
    "confirmation": (
        "The message does not say for which address or request it was made. Check that the ACS URL is the recipient at "
        "the provider, and that it sends the usual bearer confirmation."
    ),
    "time": (
        "The message came too early or too late. Compare the clocks first: a trace says how far the provider's is off; "
        "both sides should use NTP. Otherwise the person waited too long on the provider's page and tries again."
    ),
    "statement": (
        "The message does not say when and how the person was authenticated. The provider has to send exactly one "
        "authentication statement; check its template for this application."
    ),
    "subject": (
        "The message does not name the person in a way that lasts. Let the provider send a persistent name id, or name "
        "the attribute that never changes as the subject of this connection. White space around it is refused: trim it "
        "in the rule at the provider that makes it."
    ),
    "attributes": (
        "An attribute came twice, or with several values where one is needed. Look at the attribute statements of the "
        "application at the provider."
    ),
    "context": (
        "The person signed in with less than this connection asks for, such as without a second factor. Require it at "
        "the provider for this application, or ask for less here."
    ),
    "request": (
        "The answer belongs to no sign-in that was begun here in this browser in the last minutes. Begin anew from the "
        "sign-in page. If it happens to everybody, the provider starts sign-ins by itself: that has to be allowed here."
    ),
    "replay": (
        "This very message was used before, mostly because somebody went back in the browser. Begin anew; if nobody "
        "did that, treat it as an attack."
    ),
    "browser": (
        "The sign-in began in one browser, or private window, and ended in another. Begin anew from the sign-in page; "
        "if nobody changed browsers, somebody tried to sign a victim in as themselves."
    ),
    "connection": (
        "The connection is switched off, or lacks something that it needs, or the account is suspended. "
        "`muster connection show` says which; a test run works before it is switched on."
    ),
    "not_provisioned": (
        "Nobody here is known to be this person. Let the directory push them, and check that the attribute by which "
        "people are found has the value that the directory pushes as externalId; or let the connection create people."
    ),
    "ambiguous": (
        "Several people here could be meant, or externalId and userName speak of different ones. Compare what the "
        "trace says of both, and correct the wrong one in the directory."
    ),
    "inactive": (
        "This person is switched off here, or was deleted, and signing in does not bring anybody back. Switch them on "
        "in the directory; whoever was deleted and came back needs their former link removed: muster connection unlink."
    ),
    "another_person": (
        "Somebody was asked to prove again who they are, and signed in at the provider as somebody else. They sign out "
        "there, and try again."
    ),
    "provider": (
        "The provider did not answer, or not as it must. Look at its status page; if it works, check issuer, client id "
        "and client secret of this connection, and whether the secret has expired there."
    ),
}


AT_THE_DOOR: Mapping[str, str] = {
    "door_password": (
        "The password was wrong, or none was ever set. Whoever has forgotten it is let in anew by `muster door reset` "
        "or, on the server, `muster door recover`."
    ),
    "door_code": (
        "The second factor was wrong: a code of another moment, or one used before. If the clock of the telephone is "
        "right, use a recovery code or a passkey."
    ),
    "door_locked": (
        "Too many tries failed, so nobody is let in for some minutes, with the right password either. A passkey opens "
        "the door all the same. If it was not the owner who tried, find out who did."
    ),
    "door_passkey": (
        "The passkey is not known here, was meant for another address, or was used before. Use another factor."
    ),
    "door_not_owner": (
        "The local door is for Account Owners of this account only; everybody else signs in by a connection."
    ),
    "door_sso_required": (
        "Sign-in by a connection is required, and this owner has not two factors of their own. Make a passkey or an "
        "authenticator app beforehand, or let another owner in; on the server, `muster door recover` relaxes it."
    ),
}
"""What to do about refusals of the local door."""


def advice(reason: str | None) -> str | None:
    """What to do about a reason; None where nothing was refused."""
    return None if reason is None else ADVICE.get(reason) or AT_THE_DOOR.get(reason)
