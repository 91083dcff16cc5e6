"""The ``muster`` command."""

from __future__ import annotations

import click

from app.cli import (
    access,
    client,
    configuration,
    connection,
    connection_parts,
    demo,
    domain,
    door,
    explain,
    filter,
    grant,
    hygiene,
    identity_links,
    item,
    journal,
    keys,
    mapping,
    mapping_health,
    profile,
    role,
    schema,
    separation,
    server,
    session,
    setup_link,
    signin,
    simulate,
    tokens,
    unit,
    waiting_room,
    webhooks,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muster", message="muster %(version)s")
def main() -> None:
    """Provisioning, sign-in and access for SaaS platforms.

    Settings come from MUSTER_… environment variables or a .env file. Exit codes: 0 done, 1 the answer is no,
    2 wrong usage (of `plan`: there is something to do), 3 not found, 4 refused, 5 the installation is not ready.
    """


for _command in (
    server.upgrade,
    server.serve,
    demo.demo,
    access.account,
    access.owner,
    access.directory,
    tokens.token,
    tokens.apikey,
    profile.profile,
    profile.catalogue,
    role.role,
    grant.grant,
    grant.permission,
    unit.unit,
    mapping.mapping,
    separation.separation,
    configuration.export_configuration,
    configuration.plan_configuration,
    configuration.apply_configuration,
    configuration.show_drift,
    configuration.release_object,
    schema.schema,
    item.item,
    filter.filter_group,
    explain.explain_decision,
    explain.who_can,
    explain.what_can,
    explain.who_has,
    hygiene.show_hygiene,
    connection.connection,
    domain.domain,
    session.session,
    signin.signin,
    setup_link.setup_link,
    client.client,
    client.signing_key,
    door.door,
    webhooks.webhook,
    webhooks.list_events,
    waiting_room.waiting_room_command,
    access.audit_group,
    journal.journal,
    keys.keys,
    simulate.simulate,
):
    main.add_command(_command)
for _command in (mapping_health.show_health, mapping_health.simulate_mapping):
    mapping.mapping.add_command(_command)
for _command in (
    connection_parts.certificate,
    connection_parts.key,
    connection_parts.try_connection,
    connection_parts.preview_claims,
    identity_links.list_links,
    identity_links.unlink,
):
    connection.connection.add_command(_command)
