"""What signing people in, and whatever is around it, has to hold to: the numbers that tests are named after."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_TESTS = Path(__file__).parent.parent / "tests"
_NAMED = re.compile(r"test_((?:[solntmra]\d{1,2}_)+)")
NOT_BUILT = "not built"

REQUIREMENTS: dict[str, dict[int, str]] = {
    "S": {
        1: "one SAML message of a limited size in a form",
        2: "strict Base64 and UTF-8",
        3: "no document types or entities",
        4: "nothing in the XML that parsers read differently",
        5: "limits of depth and length",
        6: "the schema of a response",
        7: "no id twice",
        8: "exactly one assertion",
        9: "where a signature stands and what it refers to",
        10: "only what was verified is read",
        11: "a list of allowed algorithms",
        12: "keys of the connection only",
        13: "a missing or wrong signature",
        14: "what must be signed",
        15: "encrypted assertions",
        16: "nothing is fetched",
        20: "status",
        21: "destination",
        22: "issuer",
        23: "audience",
        24: "confirmation of the bearer",
        25: "times of the conditions",
        26: "one statement of authentication",
        27: "one usable subject",
        28: "repeated attributes",
        29: "transient names are no keys",
        30: "the context that was asked for",
        40: "a request is answered once",
        41: "an assertion is used once",
        42: "the browser that began",
        43: "unsolicited responses only where switched on",
        44: "where somebody is led back",
        45: "signed logout",
        46: "bounded inflation",
        47: "signatures of addresses",
        48: "certificates that change",
        49: "the provider's metadata",
        50: "our own keys and metadata",
    },
    "O": {
        1: "code flow only",
        2: "PKCE",
        3: "state and nonce",
        4: "state that is missing, used or foreign",
        5: "mix-up of providers",
        6: "addresses from the configuration",
        7: "a replayed answer",
        10: "allowed algorithms",
        11: "keys of the provider only",
        12: "keys that change",
        13: "issuer",
        14: "audience",
        15: "times and types of claims",
        16: "the subject's shape",
        17: "at_hash, and no sign-in without an ID token",
        18: "userinfo of the same subject",
        19: "logout and ID tokens are not mistaken",
        20: "tokens of the provider are not kept",
        30: "discovery names the issuer",
        31: "https endpoints",
        32: "limits of calls",
        33: "a provider that fails",
        34: "changes count at once",
        35: "who we are to the provider",
        36: "back-channel logout",
        37: "logout at the provider",
        38: "the cases of OpenID's certification",
    },
    "L": {
        1: "a subject of a connection is the key",
        2: "names and addresses are no keys",
        3: "the order of ways",
        4: "by e-mail only if it is proven",
        5: "doubt is a refusal",
        6: "people made by signing in, and adoption",
        7: "a directory's people are the directory's",
        8: "what a sign-in may change",
        9: "how identifiers are compared",
        10: "the address selects the connection",
    },
    "N": {
        1: "secrets of sessions",
        2: "cookies",
        3: "how long a session lasts",
        4: "what ends access ends sessions",
        5: "sessions seen and ended",
        6: "signing out",
        7: "proof anew",
        8: "forged requests",
        9: "headers of every answer",
        10: "our own host name",
    },
    "T": {
        1: "shape and storage of tokens",
        2: "account, scopes and expiry of tokens",
        3: "where a token may stand",
        4: "who made a token or link loses the right",
        5: "passwords of SCIM",
        6: "filters",
        7: "bulk",
        8: "limits of pace",
        9: "strict JSON",
        10: "sealed secrets",
        20: "guarded calls",
        21: "signed webhooks",
    },
    "M": {
        1: "nothing of another account",
        2: "references stay in the account",
        3: "nothing is told of others",
        4: "what is kept names its account",
        5: "domains that are proven",
        6: "acting as somebody for support",
    },
    "R": {
        1: "every address declares who may",
        2: "nobody gives more than they hold",
        3: "connections are as powerful as their people",
        4: "roles that mapping rules may give",
        5: "the last owner stays",
        6: "the local door",
        7: "requiring the provider",
        8: "test sign-ins",
        9: "text of others is escaped",
        10: "secrets are not sent back",
        11: "changes that cross",
    },
    "A": {
        1: "what is in the trail",
        2: "the trail's chain",
        3: "nobody rewrites the trail",
        4: "no secret is left behind",
        5: "one line in logs",
        6: "people see a reference only",
        7: "one clock",
    },
}
"""By letter: SAML, OpenID Connect, linking, sessions, tokens, accounts, rights, audit."""

OTHERWISE: dict[str, str] = {
    "O-11": "`test_oidc_attacks`",
    "O-13": "`test_oidc_attacks`",
    "O-14": "`test_oidc_attacks`",
    "O-16": "`test_oidc_attacks`",
    "O-17": "`test_oidc_attacks`",
    "O-38": "`test_oidc_attacks`; the certification itself has not been taken",
    "T-1": "`test_tokens`",
    "T-2": "`test_tokens`",
    "T-3": "`test_tokens`, requirements 19 and 180 below",
    "T-5": "requirements 9 and 47 below",
    "T-6": "`test_costly_searches`, `test_filter_sizes`, requirements 62 to 95 below",
    "T-7": "requirements 164 to 171 below",
    "T-9": "`test_scim_json`, requirements 175 to 177 below",
    "T-21": "`test_dispatch`",
    "M-6": NOT_BUILT,
    "R-2": "`test_no_escalation`, `test_escalation`",
    "R-5": "`test_last_owner`",
    "A-1": "`test_audit`",
    "A-2": "`test_audit`",
    "R-4": "`test_no_escalation`, `test_mapping_store`",
    "A-3": "`test_audit` (what is rewritten shows); a right of the database to insert only is " + NOT_BUILT,
    "A-6": "`test_sign_in_saml`, `test_web_pages`",
}
"""What tests of other names hold, and what nothing does."""


def requirements() -> Iterator[str]:
    """Every requirement with the files of its tests."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    files = sorted(_TESTS.rglob("test_*.py"))
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (named := _NAMED.match(node.name)):
                for one in named[1].strip("_").split("_"):
                    found[f"{one[0].upper()}-{int(one[1:])}"].add(file.stem)
    numbers = [f"{letter}-{number}" for letter, those in REQUIREMENTS.items() for number in those]
    stems = {file.stem for file in files}
    for number in sorted({*found, *OTHERWISE} - {*numbers}):
        raise ValueError(f"there is no requirement {number}")
    for number in numbers:
        letter, _, place = number.partition("-")
        named_after = [f"`{stem}`" for stem in sorted(found[number])]
        said = ", ".join([*named_after, *([OTHERWISE[number]] if number in OTHERWISE else [])])
        if not said:
            raise ValueError(f"nothing is said of {number}")
        if unknown := {*re.findall(r"`(test_\w+)`", said)} - stems:
            raise ValueError(f"{number} names tests that there are not: {unknown}")
        yield f"| {number} | {REQUIREMENTS[letter][int(place)]} | {said} |"
