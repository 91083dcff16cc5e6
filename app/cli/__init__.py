"""The ``muster`` command."""

from __future__ import annotations

import click

from app.cli import (
    access,
    demo,
    explain,
    filter,
    grant,
    item,
    mapping,
    profile,
    role,
    schema,
    server,
    simulate,
    tokens,
    unit,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muster", message="muster %(version)s")
def main() -> None:
    """Provisioning, sign-in and access for SaaS platforms.

    Settings come from MUSTER_… environment variables or a .env file. Exit codes: 0 done, 1 the answer is no,
    2 wrong usage, 3 not found, 4 refused, 5 the installation is not ready.
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
    schema.schema,
    item.item,
    filter.filter_group,
    explain.explain_decision,
    explain.who_can,
    explain.what_can,
    explain.who_has,
    access.audit_group,
    simulate.simulate,
):
    main.add_command(_command)
