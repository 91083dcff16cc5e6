"""What the parts that speak to people say in English, read from their source; run as a module it names what lacks.

A message is a literal of two words or more. Values are ``{}`` in it, whatever they are; a place before a colon, which
the console keeps, is left out; a literal that continues another one begins, or ends, with a value.
"""

from __future__ import annotations

import ast
import fnmatch
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PARTS = ("app", "rbac", "scim", "sso")
_RAISED_ONLY = ("app/web/",)
"""Here texts have keys; only what is raised is a message."""
MUTE = (
    # Programs, the operator's terminal and logs hear these, and no page does.
    *("app/api/*", "app/cli/*", "app/models/*", "app/oauth/*", "app/simulator/*"),
    *("app/breaker.py", "app/compose.py", "app/config.py", "app/db.py", "app/dispatch.py", "app/edge.py"),
    *("app/errors.py", "app/gate.py", "app/health.py", "app/mail_server.py", "app/migrate.py", "app/observe.py"),
    *("app/problems.py", "app/prepared.py", "app/request_log.py", "app/revision.py", "app/role_use.py"),
    *("app/session.py", "app/set_wise.py", "app/tracebacks.py", "app/waiting.py", "app/pipeline.py"),
    *(
        "app/services/configuration*.py",
        "app/services/code_drift.py",
        "app/services/demo*.py",
        "app/services/samples.py",
    ),
    *(
        "app/services/keys.py",
        "app/services/signing_keys.py",
        "app/services/oauth_grants.py",
        "app/services/first_run.py",
    ),
    *("app/services/filter_trials.py", "app/services/item_defaults.py", "app/services/schemas.py"),
    *("app/services/schema_changes.py", "app/services/profiles.py", "app/services/profile_plans.py"),
    *("rbac/authzen*.py", "rbac/routes.py", "rbac/page_tokens.py", "rbac/search*.py", "rbac/catalogue*.py"),
    *("rbac/configuration_document.py", "rbac/role_document.py", "rbac/sample*.py", "rbac/profiles.py"),
    *("scim/discovery*.py", "scim/declare.py", "scim/schema*.py"),
    # These have both languages beside each other.
    *("rbac/explain*.py", "rbac/words.py", "rbac/privileges.py", "app/services/mail_texts.py"),
)
NOT_SHOWN = frozenset(
    {
        "El elemento ha contado tal como es hoy.",
        "Google Workspace",
        "No se sabe qué constaba entonces del usuario; ha contado lo que consta hoy: {}",
        "The item counted as it is today.",
        "What was stored of the user then is not known; as it is today counted: {}",
        "an empty mapping",
        "application/samlmetadata+xml, application/xml, text/xml",
        "database is locked",
        "door device {} {}",
        "door factors {}",
        "door {} {}",
        "further people have",
        "further person has",
        "group is",
        "groups are",
        "invitation {}",
        "muster token: {} {}",
        "nobody's password, so that unknown people take as long as known ones",
        "not a sealed value",
        "not opened",
        "not sealed here for this purpose",
        "nothing changes: this is {} already",
        "passkey challenge {}",
        "people are",
        "people gain",
        "people have",
        "person gains",
        "person has",
        "person is",
        "published as",
        "recovery code {} {} {}",
        "row is",
        "rows are",
        "subject {} {}",
        "would be published as",
        "{} (claims of {})",
        "{} lose",
        "{} loses",
        "{} people gain",
        "{} person gains",
        "{} revision {}: {}",
        "{} rule",
        "{} rules",
        "{} something, {} something",
    }
)
"""Words that no page shows: for terminals, names of seals, plurals of what is counted, what is Spanish already."""
_MUTE = re.compile("|".join(map(fnmatch.translate, MUTE)))
_WORDS = re.compile(r"[^\W\d_]{2,}[,:;.]?\s+[^\W\d_]+|\s[a-z]{2,}\b")
_MACHINE = re.compile(
    r"\b(?:BEGIN|SELECT|CAST|INSERT|COPY|ORDER BY|(?:ROLLBACK TO |RELEASE )?SAVEPOINT|OFFSET|ANALYZE|PRAGMA)\b"
    r"|PRIVATE KEY|^(?:Basic|Bearer) |\w(?:\[value)? (?:eq|sw|co) (?:\"|\{)|_agg\(|to_char\(|^<\w|\||^\{\}\s{3}"
)
"""SQL, filters, headers and the like."""
_PLACE = re.compile(r"(?:[\w$-]|\{\})(?:[\w$.-]|\[\d+\]|\[?\{\}\]?)*: ")
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
# Names to look for in the source, not something that is caught: what is raised for a mistake of ours reaches no page.
_FAULTS = frozenset({"AssertionError", "TypeError", "RuntimeError", "LookupError", "KeyError", "NotImplementedError"})


def said() -> dict[str, set[str]]:
    """Every message, and the files that say it."""
    found: dict[str, set[str]] = {}
    for part in _PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if _MUTE.match(name):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for template in _in(tree, raised_only=name.startswith(_RAISED_ONLY)):
                found.setdefault(template, set()).add(name)
    return found


def is_sentence(template: str) -> bool:
    """Whether it has words of its own."""
    return _MACHINE.search(template) is None and _WORDS.search(template.replace("{}", "X")) is not None


def _in(tree: ast.AST, *, raised_only: bool) -> Iterator[str]:
    todo = [(tree, not raised_only)]
    while todo:
        node, speaks = todo.pop()
        speaks = speaks or isinstance(node, ast.Raise)
        if speaks:
            for whole in _literals(node):
                yield from _templates(whole)
        silent = set(_silent(node))
        todo += [(child, speaks) for child in ast.iter_child_nodes(node) if child not in silent]


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """Literals that nobody is told: documentation, logs, faults of ours, parts of an f-string by themselves."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values if isinstance(part, ast.Constant))
        yield from (
            part.format_spec for part in node.values if isinstance(part, ast.FormattedValue) and part.format_spec
        )
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_log = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in (
            "log",
            "logger",
            "_log",
        )
        if name in _FAULTS or (is_log and name in _LOGS) or name in ("text", "Counter", "Histogram", "Gauge"):
            yield from node.args


def _literals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(_plain(str(one.value)) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _plain(node.value)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
        many = [one.value for one in node.args[1:] if isinstance(one, ast.Constant)]
        yield from (f"{{}} {word}" for word in (many if len(many) == 2 else (many[0], f"{many[0]}s")))


def _plain(text: str) -> str:
    """Text as it stands in a template, where braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def _templates(whole: str) -> Iterator[str]:
    for line in whole.split("\n"):
        template = re.sub(r"(?<!\{)(\{\})+(?!\})", "{}", line.strip("\n"))
        if template[:1] in (" ", ";", ","):
            template = "{}" + template
        if template[-1:] == " ":
            template += "{}"
        template = _PLACE.sub("", template, count=1) if _PLACE.match(template) else template
        if template.replace("{}", "").strip():
            yield template


def main() -> None:
    """Name every message that has no Spanish yet."""
    from app.web.texts.messages import MESSAGES, PARTS

    for template, files in sorted(said().items(), key=lambda one: sorted(one[1])):
        if is_sentence(template) and template not in MESSAGES | PARTS | dict.fromkeys(NOT_SHOWN, ""):
            sys.stdout.write(f"{sorted(files)[0]}\t{template}\n")


if __name__ == "__main__":
    main()
