"""simulate: play an identity provider against a SCIM server, Muster or any other."""

from __future__ import annotations

from typing import Any

import click

from app.cli.output import NO, USAGE, Failure, emit, lines
from app.simulator.http import Client, Unusable
from app.simulator.play import OK, SKIPPED, WRONG, Report, Verdict, play
from app.simulator.sequence import Sequence, load, names


@click.command()
@click.argument("provider", required=False)
@click.option("--url", help="SCIM base URL of the server, such as https://scim.example.com/scim/v2.")
@click.option("--token", envvar="MUSTER_SIMULATE_TOKEN", show_envvar=True, help="Bearer token of the server.")
@click.option("--only", multiple=True, metavar="STEP", help="Judge this step alone; those before it are played.")
@click.option("--keep", is_flag=True, help="Leave what was created on the server.")
@click.option("--domain", default="simulate.example", show_default=True, help="Domain of the people it makes.")
@click.option("--timeout", default=30.0, show_default=True, type=click.FloatRange(0.1, 600), help="Seconds a request.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")
@click.option("--list", "listing", is_flag=True, help="List the providers, or the steps of PROVIDER.")
def simulate(
    provider: str | None,
    url: str | None,
    token: str | None,
    only: tuple[str, ...],
    keep: bool,
    domain: str,
    timeout: float,
    as_json: bool,
    listing: bool,
) -> None:
    """Send what PROVIDER sends to a SCIM server, and judge each answer as PROVIDER would.

    It works with any server. Users and groups are made under names of this run and removed at the end; nothing else
    is changed. Exit codes: 0 all right, 1 something is wrong, 2 wrong usage.
    """
    if listing:
        _list(provider, as_json)
        return
    sequence = _sequence(provider)
    unknown = set(only) - {step.name for step in sequence.steps}
    if unknown:
        raise Failure(f"no step {', '.join(sorted(unknown))}; see --list {sequence.name}", USAGE)
    if not url or not token:
        raise Failure("give --url, and --token or MUSTER_SIMULATE_TOKEN", USAGE)
    try:
        client = Client(url, token, timeout)
    except Unusable as error:
        raise Failure(str(error), USAGE) from error
    if not as_json:
        click.echo(f"{sequence.title}, played against {url}\n")
    tell = (lambda verdict: None) if as_json else (lambda verdict: click.echo(_told(verdict)))
    report = play(sequence, client, domain=domain, only=only, keep=keep, tell=tell)
    emit(as_json, _value(sequence, url, report), _summary(sequence, report))
    if report.count(WRONG):
        raise SystemExit(NO)


def _sequence(provider: str | None) -> Sequence:
    try:
        return load(provider or "")
    except KeyError:
        unknown = f"no provider {provider!r}; " if provider else ""
        raise Failure(f"{unknown}name one of {', '.join(names())}", USAGE) from None


def _list(provider: str | None, as_json: bool) -> None:
    if provider is None:
        titles = [(name, load(name).title) for name in names()]
        emit(
            as_json, [{"provider": name, "title": title} for name, title in titles], lines(("PROVIDER", ""), titles, "")
        )
        return
    steps = [(step.name, f"{step.method} {step.path}", step.why) for step in _sequence(provider).steps]
    value = [{"step": name, "request": request, "why": why} for name, request, why in steps]
    emit(as_json, value, lines(("STEP", "REQUEST", "WHY"), steps, ""))


def _told(verdict: Verdict) -> str:
    """A line for what is right or left out, the whole story for what is wrong."""
    first = f"{verdict.verdict:7}  {verdict.step:28}  {verdict.request}"
    if verdict.verdict == OK:
        return f"{first}  → {verdict.came[:3]}"
    if verdict.verdict == SKIPPED:
        return f"{first}  ({'; '.join(verdict.wrong)})"
    story = [("expected", verdict.expected), ("came", verdict.came), *(("wrong", reason) for reason in verdict.wrong)]
    return "\n".join([first, *(f"         {label:8}  {text}" for label, text in [*story, ("why", verdict.why)])])


def _summary(sequence: Sequence, report: Report) -> str:
    counts = f"{report.count(OK)} ok, {report.count(WRONG)} wrong, {report.count(SKIPPED)} skipped"
    left = [f"left on the server: {entry}" for entry in report.left]
    return "\n".join([f"\n{sequence.title}: {counts} (run {report.run})", *left])


def _value(sequence: Sequence, url: str, report: Report) -> dict[str, Any]:
    return {
        "provider": sequence.name,
        "title": sequence.title,
        "url": url,
        "run": report.run,
        "ok": report.count(OK),
        "wrong": report.count(WRONG),
        "skipped": report.count(SKIPPED),
        "steps": report.verdicts,
        "left": report.left,
    }
