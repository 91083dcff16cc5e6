"""The ``muster`` command."""

from __future__ import annotations

import click

from app.cli.later import Later


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muster", message="muster %(version)s")
def main() -> None:
    """Provisioning, sign-in and access for SaaS platforms.

    Settings come from MUSTER_… environment variables or a .env file. Exit codes: 0 done, 1 the answer is no,
    2 wrong usage (of `plan`: there is something to do), 3 not found, 4 refused, 5 the installation is not ready.
    """


for _row in (
    ("upgrade", "app.cli.upgrade:upgrade", "Bring the database to the schema this release needs."),
    (
        "serve",
        "app.cli.server:serve",
        "Serve with the production server until a signal asks it to stop; requests under way are finished.",
    ),
    (
        "demo",
        "app.cli.demo:demo",
        "Make a demo account once (300 people, their groups, rules, a plan that waits) and print how to reach it.",
    ),
    (
        "begin",
        "app.cli.begin:begin",
        "Print the link with which the first account is made in a browser.",
    ),
    ("account", "app.cli.access:account", "Accounts: one for each customer organisation."),
    ("owner", "app.cli.access:owner", "Account Owners: who manages users, roles, mappings and security."),
    (
        "directory",
        "app.cli.access:directory",
        "Directories: one for each identity provider that pushes into an account.",
    ),
    ("token", "app.cli.tokens:token", "Directory tokens: what an identity provider sends to SCIM."),
    (
        "apikey",
        "app.cli.tokens:apikey",
        "API keys: what a platform asks for decisions with, and administers its account or the installation.",
    ),
    ("profile", "app.cli.profile:profile", "Platform profiles: catalogue and default roles as data."),
    (
        "catalogue",
        "app.cli.profile:catalogue",
        "The permission catalogue of an account: what can be permitted in its platform.",
    ),
    ("role", "app.cli.role:role", "Roles: named sets of allowed and denied permissions."),
    ("grant", "app.cli.grant:grant", "Grants: roles given by hand to people, groups and business units."),
    ("permission", "app.cli.grant:permission", "Individual permissions: an allow or a deny put straight on a person."),
    ("unit", "app.cli.unit:unit", "Business units: the regions, brands and departments of an account."),
    ("mapping", "app.cli.mapping:mapping", "Role mapping: which groups of the identity provider give which roles."),
    (
        "separation",
        "app.cli.separation:separation",
        "Separations of duties: permissions that nobody should have together in one business unit.",
    ),
    (
        "export",
        "app.cli.configuration:export_configuration",
        "Write business units, roles and role mapping as a YAML file that can be changed and applied.",
    ),
    (
        "plan",
        "app.cli.configuration:plan_configuration",
        "Show what applying FILE would change, for whom, and change nothing.",
    ),
    (
        "apply",
        "app.cli.configuration:apply_configuration",
        "Make an account's access what FILE says, all or nothing; what it will mean is shown first.",
    ),
    ("drift", "app.cli.configuration:show_drift", "Show what is no longer as the file that was applied last left it."),
    (
        "release",
        "app.cli.configuration:release_object",
        "Let something be changed by hand that belongs to a file; applying the file takes it over again.",
    ),
    ("schema", "app.cli.schema:schema", "Schema extensions: attributes of users that an account declares itself."),
    ("item", "app.cli.item:item", "Items: objects of the platform with an owner, an owner group, a unit and levels."),
    ("filter", "app.cli.filter:filter_group", "Data filters: which records people see."),
    (
        "explain",
        "app.cli.explain:explain_decision",
        "Say whether a user may do something, and why; if not, what is missing.",
    ),
    ("who-can", "app.cli.explain:who_can", "Say who can do something, and why."),
    ("what-can", "app.cli.explain:what_can", "Say in plain words what a user can do."),
    ("who-has", "app.cli.explain:who_has", "List the people who have a role now, however they came by it, and why."),
    (
        "hygiene",
        "app.cli.hygiene:show_hygiene",
        "Show key figures of roles, dormant people, roles that overlap or lack something: what an audit begins with.",
    ),
    ("connection", "app.cli.connection:connection", "Connections to identity providers: SAML and OpenID Connect."),
    ("domain", "app.cli.domain:domain", "Domains of e-mail addresses that an account has proven to be its own."),
    ("session", "app.cli.session:session", "Sessions: where people are signed in."),
    ("signin", "app.cli.signin:signin", "Sign-ins: what happened at each attempt."),
    (
        "setup-link",
        "app.cli.setup_link:setup_link",
        "Links for a customer's own administrator: SAML, OpenID Connect, SCIM, a certificate, a domain.",
    ),
    (
        "client",
        "app.cli.client:client",
        "Clients: the platform's applications, to which people are handed over after sign-in.",
    ),
    ("signing-key", "app.cli.client:signing_key", "The keys with which ID tokens are signed."),
    ("door", "app.cli.door:door", "The local door: how Account Owners sign in when no identity provider helps."),
    ("webhook", "app.cli.webhooks:webhook", "Webhooks: endpoints outside that are told of events."),
    ("events", "app.cli.webhooks:list_events", "List events, the oldest first."),
    (
        "waiting-room",
        "app.cli.waiting_room:waiting_room_command",
        "List active people without any role, with their groups and the rules these suggest.",
    ),
    ("audit", "app.cli.access:audit_group", "The audit trail."),
    (
        "journal",
        "app.cli.journal:journal",
        "The past of who had access: what explain and what-can answer from with --at.",
    ),
    ("keys", "app.cli.keys:keys", "The secret key, which hashes tokens and seals secrets."),
    (
        "simulate",
        "app.cli.simulate:simulate",
        "Send what PROVIDER sends to a SCIM server, and judge each answer as PROVIDER would.",
    ),
):
    main.add_command(Later(*_row))
