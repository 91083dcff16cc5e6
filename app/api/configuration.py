"""/configuration: the account's access as a document, read, planned, applied, agreed to."""

from __future__ import annotations

from typing import Any

from app.api.configuration_shapes import (
    Application,
    ConfigurationFile,
    ConfigurationPlan,
    CurrentConfiguration,
    Proposal,
    Release,
    Released,
    plan_shown,
)
from app.api.face import Call, Face, Shown
from app.api.mapping_shapes import Reason
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import page_of
from app.services import code_drift, code_ownership, configuration, configuration_export, configuration_text
from app.services.configuration_text import Source

configuration_face = Face(
    "configuration",
    "Business units, roles, separations of duties and role mapping as one document under version control: planned, "
    "applied as a whole, and from then on changed by documents alone.",
)
_MOST_BODY = 5 * 1024 * 1024
_TYPES = {"id": "string", "file": "string", "author": "string", "created": "dateTime"}
_USUAL = ("not-found", "conflict")
_APPLYING = (*_USUAL, "plan-outdated")
_YAML = (
    "business_units:\n  - key: emea\n    name: Europe, Middle East and Africa\n"
    "roles:\n  - name: Reader\n    allow:\n      - campaigns.email.view\n"
)


@configuration_face.operation("GET", "/configuration", scope="access:read", answer=CurrentConfiguration)
def get_configuration(call: Call) -> Shown:
    """Read the account's access as a configuration.

    With the configuration that was applied last, and what has drifted since.
    """
    document = configuration_export.export(*call.here)
    return Shown(
        {
            "yaml": configuration_export.text_of(document),
            "document": configuration_text.plain(document),
            "applied": code_drift.applied_of(*call.here),
        }
    )


@configuration_face.operation(
    "POST",
    "/configuration/plan",
    scope="access:write",
    body=ConfigurationFile,
    answer=ConfigurationPlan,
    example={"yaml": _YAML},
    most_body=_MOST_BODY,
    refusals=_USUAL,
)
def plan_configuration(call: Call, body: dict[str, Any]) -> Shown:
    """See what applying a configuration would mean.

    Every unit, role and rule, and who gains and loses what by them. Nothing is changed; but to know, everything is
    carried out and undone, and meanwhile other changes wait. So a key that only reads may not ask.
    """
    return Shown(plan_shown(configuration.plan(*call.here, _source(body))))


@configuration_face.operation(
    "POST",
    "/configuration/apply",
    scope="access:write",
    body=Application,
    answer=ConfigurationPlan,
    example={"yaml": _YAML, "reason": "Ticket 4711"},
    most_body=_MOST_BODY,
    refusals=_APPLYING,
)
def apply_configuration(call: Call, body: dict[str, Any]) -> Shown:
    """Apply a configuration.

    All or nothing. Where the rules in it need a second Account Owner it is proposed as a whole (202): nothing is
    changed until one approves it.
    """
    done = configuration.apply(*call.here, _source(body), expected=body.get("digest"), reason=body.get("reason", ""))
    return Shown(plan_shown(done), status=202 if done.proposal is not None else None)


@configuration_face.operation(
    "GET",
    "/configuration/proposals",
    scope="access:read",
    query=filter_of("ProposalQuery", _TYPES),
    answer=page_of(Proposal),
)
def list_proposals(call: Call, query: dict[str, Any]) -> Shown:
    """List the configurations that wait for a second Account Owner.

    The oldest first.
    """
    shown = [{name: getattr(one, name) for name in Proposal().fields} for one in configuration.proposals(*call.here)]
    return page_in_memory(Reading(call, query), shown, _TYPES)


@configuration_face.operation(
    "POST",
    "/configuration/proposals/<proposal>/plan",
    scope="access:write",
    answer=ConfigurationPlan,
    refusals=_USUAL,
)
def plan_proposal(call: Call, proposal: str) -> Shown:
    """See what approving a proposed configuration would mean by now.

    Nothing is changed.
    """
    return Shown(plan_shown(configuration.plan_proposal(*call.here, proposal)))


@configuration_face.operation(
    "POST",
    "/configuration/proposals/<proposal>/approve",
    scope="access:write",
    body=Reason,
    answer=ConfigurationPlan,
    example={"reason": "Looks right."},
    refusals=_APPLYING,
    step_up="One of its `needs` is `owner`: its rules make Account Owners, or no longer do.",
)
def approve_proposal(call: Call, body: dict[str, Any], proposal: str) -> Shown:
    """Approve a proposed configuration, which applies it.

    Only a person may, as `Muster-Actor` names them: an Account Owner who did not propose it, and whose own access it
    does not change. What a program proposed two owners approve, and until then it is `proposed`. What would do
    something else by now is not applied.
    """
    return Shown(plan_shown(configuration.approve(*call.here, proposal, body.get("reason", ""))))


@configuration_face.operation(
    "POST",
    "/configuration/proposals/<proposal>/reject",
    scope="access:write",
    body=Reason,
    example={"reason": "Not before the audit."},
    refusals=_USUAL,
)
def reject_proposal(call: Call, body: dict[str, Any], proposal: str) -> Shown:
    """Reject a proposed configuration.

    Nothing of it is applied.
    """
    configuration.reject(*call.here, proposal, body.get("reason", ""))
    return Shown()


@configuration_face.operation(
    "POST",
    "/configuration/release",
    scope="access:write",
    body=Release,
    answer=Released,
    example={"kind": "role", "name": "Reader", "reason": "Hotfix"},
    shows={"kind": "role", "name": "Reader"},
    refusals=_USUAL,
)
def release_object(call: Call, body: dict[str, Any]) -> Shown:
    """Let something be changed by hand that belongs to a configuration.

    Applying a configuration that names it takes it over again.
    """
    name = code_ownership.release(*call.here, body["kind"], body.get("name", ""), body.get("reason", ""))
    return Shown({"kind": body["kind"], "name": name})


def _source(body: dict[str, Any]) -> Source:
    file = body.get("file", "configuration")
    if "yaml" in body:
        return configuration_text.read(body["yaml"], file, ("yaml",))
    return Source(body["document"], file, within=("document",))
