"""The platform itself: a small tool for e-mail campaigns. What anybody may do in it, it asks Muster.

Four ways of asking are shown: a guard before a view, a question within one, many questions at once for the buttons of
a page, and a data filter that becomes a condition of the platform's own query.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, abort, flash, g, redirect, render_template, request, session, url_for
from records import FILTERED, UNITS, Campaign, Person, Subscriber
from sqlalchemy import Engine, select, true
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, ServiceUnavailable, Unauthorized

from muster import Denied, Entity, Muster, Question, Unavailable
from muster.filters import compile_filter
from muster.flask import AccessDenied, decision, requires
from muster.inventory import Inventory, Item

VIEW, CREATE, EDIT, LAUNCH, PAUSE = (
    f"campaigns.email.{verb}" for verb in ("view", "create", "edit", "launch", "pause")
)
SEE, EXPORT = "audience.subscribers.view", "audience.subscribers.export"
BUTTONS = (VIEW, EDIT, LAUNCH, PAUSE)
STARTS, RUNS = ("draft", "scheduled", "paused"), ("sending",)
BY_MUSTER = ("with_muster.told",)
"""What no form of a page sends: it proves itself by a signature."""
NEW, SUBSCRIBERS = ("campaign", "new"), ("subscriber", "all")


def create_app(client: Muster, inventory: Inventory, engine: Engine, secret: str) -> Flask:
    """The platform over its database. Decisions come from the client; new campaigns are told to the inventory."""
    app = Flask(__name__)
    app.secret_key = secret
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"

    def campaign_of(campaign_id: str) -> Entity:
        """A campaign as decisions know it: Muster has its owner, unit and levels; its state is only known here."""
        found: Campaign = g.records.get(Campaign, campaign_id) or abort(404)
        return Entity("campaign", found.id, {"state": found.state})

    @app.before_request
    def open_records_and_check_forms() -> None:
        g.records = Session(engine)
        session.setdefault("form_token", secrets.token_urlsafe())
        if (
            request.method == "POST"
            and request.endpoint not in BY_MUSTER
            and not secrets.compare_digest(request.form.get("form_token", ""), session["form_token"])
        ):
            abort(400, "This form is out of date. Please go back, reload the page, and try again.")
        g.person = g.records.get(Person, session["person"]) if "person" in session else None

    @app.teardown_request
    def close_records(_: BaseException | None) -> None:
        g.pop("records").close()

    @app.get("/sign-in")
    def sign_in() -> str:
        return render_template("sign_in.html", people=g.records.scalars(select(Person)).all())

    @app.post("/sign-in")
    def sign_in_as() -> Any:
        person: Person = g.records.get(Person, request.form["person"]) or abort(404)
        session["person"] = person.id
        return redirect(url_for("campaigns"))

    @app.post("/sign-out")
    def sign_out() -> Any:
        if "id_token" in session:
            return redirect(url_for("with_muster.leave"))
        session.pop("person", None)
        return redirect(url_for("sign_in"))

    @app.get("/")
    def campaigns() -> str:
        """Each campaign that she may see, with the buttons that she may press; all asked in one request."""
        who = signed_in() or abort(401)
        found = g.records.scalars(select(Campaign).order_by(Campaign.subject)).all()
        asked = [(who, action, campaign_of(one.id)) for one in found for action in BUTTONS]
        answers = iter(client.check_many(asked))
        shown = [(one, {action: next(answers) for action in BUTTONS}) for one in found]
        visible = [(one, may) for one, may in shown if may[VIEW]]
        why_none = None if visible else next((may[VIEW].message for _, may in shown), "there are no campaigns")
        may_create = bool(units_for_new(who))
        return render_template(
            "campaigns.html", campaigns=visible, hidden=len(shown) - len(visible), why_none=why_none, new=may_create
        )

    def units_for_new(who: str) -> dict[str, str]:
        """Where she may make campaigns."""
        answers = client.check_many(Question(who, CREATE, NEW, unit=unit) for unit in UNITS)
        return {unit: UNITS[unit] for unit, decided in zip(UNITS, answers, strict=True) if decided}

    @app.get("/campaigns/new")
    def new() -> str:
        return render_template("new.html", units=units_for_new(signed_in() or abort(401)))

    @app.post("/campaigns/new")
    def create() -> Any:
        """The unit is in the form, so the question is asked here and not by a guard."""
        who, unit = signed_in() or abort(401), request.form["unit"]
        client.require(who, CREATE, NEW, unit=unit)
        subject = request.form.get("subject", "").strip()[:100] or abort(400, "A campaign needs a subject.")
        made = Campaign(id=secrets.token_hex(6), subject=subject, state="draft", unit=unit, owner_id=who)
        made.shared = "shared" in request.form
        g.records.add(made)
        g.records.flush()
        inventory.register([item_of(made)])
        g.records.commit()
        flash(f"“{subject}” is a draft now.")
        return redirect(url_for("campaigns"))

    @app.get("/campaigns/<campaign_id>/edit")
    @requires(client, EDIT, resource=campaign_of)
    def edit(campaign_id: str) -> str:
        return render_template("edit.html", campaign=g.records.get(Campaign, campaign_id))

    @app.post("/campaigns/<campaign_id>/edit")
    @requires(client, EDIT, resource=campaign_of)
    def save(campaign_id: str) -> Any:
        subject = request.form.get("subject", "").strip()[:100] or abort(400, "A campaign needs a subject.")
        return change(campaign_id, subject=subject)

    @app.post("/campaigns/<campaign_id>/launch")
    @requires(client, LAUNCH, resource=campaign_of)
    def launch(campaign_id: str) -> Any:
        return change(campaign_id, state="sending")

    @app.post("/campaigns/<campaign_id>/pause")
    @requires(client, PAUSE, resource=campaign_of)
    def pause(campaign_id: str) -> Any:
        return change(campaign_id, state="paused")

    def change(campaign_id: str, **values: str) -> Any:
        campaign = g.records.get_one(Campaign, campaign_id)
        for name, value in values.items():
            setattr(campaign, name, value)
        g.records.commit()
        flash(f"“{campaign.subject}” is {campaign.state} now." if "state" in values else "Saved.")
        return redirect(url_for("campaigns"))

    @app.get("/subscribers")
    @requires(client, SEE, resource=SUBSCRIBERS)
    def subscribers() -> str:
        """The subscribers that she may see: the decision's data filter is part of the query, and of its count."""
        text = decision().filter_for("subscriber")
        condition = compile_filter(text, FILTERED) if text else true()
        found = g.records.scalars(select(Subscriber).where(condition).order_by(Subscriber.name)).all()
        may_export = client.check(signed_in() or "", EXPORT, SUBSCRIBERS)
        return render_template("subscribers.html", subscribers=found, filter=text, may_export=may_export)

    @app.get("/subscribers.csv")
    @requires(client, EXPORT, resource=SUBSCRIBERS)
    def export() -> Response:
        text = decision().filter_for("subscriber")
        condition = compile_filter(text, FILTERED) if text else true()
        rows = g.records.scalars(select(Subscriber).where(condition).order_by(Subscriber.name))
        lines = ["email,country,region", *(f"{one.email},{one.country},{one.region}" for one in rows)]
        return Response("\n".join(lines) + "\n", mimetype="text/csv")

    @app.errorhandler(AccessDenied)
    @app.errorhandler(Denied)
    def denied(refusal: AccessDenied | Denied) -> tuple[str, int]:
        return render_template("refused.html", decision=refusal.decision), 403

    @app.errorhandler(Unauthorized)
    def nobody(_: Unauthorized) -> Any:
        return redirect(url_for("sign_in"))

    @app.errorhandler(Unavailable)
    @app.errorhandler(ServiceUnavailable)
    def undecided(_: Exception) -> tuple[str, int]:
        return render_template("trouble.html", words="Nobody can tell at the moment who may do what."), 503

    @app.errorhandler(HTTPException)
    def trouble(error: HTTPException) -> tuple[str, int]:
        return render_template("trouble.html", words=error.description or error.name), error.code or 500

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "person": g.get("person"),
            "form_token": session.get("form_token"),
            "actions": {"edit": EDIT, "launch": LAUNCH, "pause": PAUSE},
            "starts": STARTS,
            "runs": RUNS,
        }

    return app


def signed_in() -> str | None:
    """Who is signed in, as Muster knows them."""
    return g.person.id if g.person else None


def item_of(campaign: Campaign) -> Item:
    """A campaign as Muster keeps it; whether colleagues may change it is a matter of its levels."""
    levels = {"owner": "modify", "group": "modify", "rest": "modify" if campaign.shared else "read"}
    owner, unit = campaign.owner_id, campaign.unit
    return Item("campaign", campaign.id, campaign.subject, owner=owner, unit=unit, levels=levels)
