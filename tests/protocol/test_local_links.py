"""Links by mail with which an owner chooses a password: who gets one, how long it is good, and that it is good once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.models.base import now
from app.services import invitations
from app.stores.local_sign_in import INVITATIONS
from tests.protocol.browser import led_to
from tests.protocol.door_world import OTHER, PASSWORD, World, code, door_app, inbox, is_in, world
from tests.smtp_server import USER

__all__ = ["door_app", "inbox", "world"]


def ask_reset(world: World, name: str, account: str = "") -> str:
    browser = world.browser()
    page = browser.open("/signin/local/reset")
    answer = browser.submit(page, "/signin/local/reset", name=name, account=account)
    assert answer.status_code == 200
    return answer.text


def age(world: World, by: timedelta) -> None:
    """Let all links of the account be older."""
    with world.database.writing() as session:
        here = INVITATIONS.c.account_id == world.account_id
        values = {"expires": now() - timedelta(seconds=1) if by.days else now(), "created": now() - by}
        session.execute(update(INVITATIONS).where(here).values(**values))


def test_an_invitation_arrives_by_mail(world: World) -> None:
    """From whom the operator says, to whom it is for, by the server that was named; the link leads to the password."""
    link = world.invite(world.olivia)
    mail = world.mail(world.olivia)
    assert mail.recipients == [world.olivia.user_name]
    assert mail.sender == "muster@acme.example"
    assert str(mail.message["From"]) == "Muster <muster@acme.example>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert world.customer.account_name in str(mail.message["Subject"])
    assert mail.user == USER
    assert world.olivia.user_name in world.browser().open(link).text
    [event] = world.events("door.invited")
    assert (event.target_id, event.after["mailed"]) == (world.olivia.id, True)
    assert link.partition("=")[2] not in str(event)


def test_an_invitation_is_good_once(world: World) -> None:
    """Looking at it uses nothing up, as mail programs look; choosing a password does, for all browsers."""
    link, browser = world.invite(world.olivia), world.browser()
    for _ in range(3):
        assert world.browser().open(link).status_code == 200
    for password, again in ((PASSWORD, "another password altogether"), ("short", "short"), ("password1234", None)):
        assert world.choose(browser, link, password, again).status_code == 422
    assert led_to(world.choose(browser, link)).startswith("/signin/local/enrol")
    refused = world.browser().open(link)
    assert refused.status_code == 403
    sent = {"link": link.partition("=")[2], "password": OTHER, "again": OTHER}
    assert world.browser().send("/signin/local/open", **sent).status_code == 403


def test_an_invitation_lasts_for_three_days(world: World) -> None:
    """And is replaced by a later one."""
    first = world.invite(world.olivia)
    second = world.invite(world.olivia)
    assert world.browser().open(first).status_code == 403
    assert world.browser().open(second).status_code == 200
    assert {"activate": timedelta(hours=72), "reset": timedelta(hours=1)} == invitations.LASTS
    age(world, timedelta(days=4))
    assert world.browser().open(second).status_code == 403
    assert world.browser().open("/signin/local/open?link=made-up").status_code == 403
    assert world.browser().open("/signin/local/open").status_code == 403


def test_r06_an_invitation_is_for_owners_of_the_account(world: World) -> None:
    """Nobody else, not of another account, and no owner who has something already: only the operator begins anew."""
    other = World(world.app, world.database, world.inbox)
    assert world.api.post("/account/sign-in/invitations", {"user": other.olivia.id}).status_code == 400
    made = world.api.create("/users", {"user_name": f"plain-{world.account_id[:8]}@acme.example", "roles": []})
    assert world.api.post("/account/sign-in/invitations", {"user": made["id"]}).status_code == 409
    link = world.invite(world.olivia)
    world.activated(world.an_owner("otto"))
    world.choose(world.browser(), link)
    answer = world.api.post("/account/sign-in/invitations", {"user": world.olivia.id})
    assert answer.status_code == 409
    assert "muster door recover" in answer.json["detail"]


def test_an_invited_owner_who_is_none_any_more(world: World) -> None:
    """The link is worth nothing then."""
    otto = world.an_owner("otto")
    link = world.invite(otto)
    assert world.api.post(f"/users/{otto.id}/deactivate").status_code == 200
    assert world.browser().open(link).status_code == 403


def test_an_invitation_needs_an_address(world: World) -> None:
    """Whoever has none cannot be written to; an operator makes the link by hand."""
    world.api.patch(f"/users/{world.olivia.id}", {"user_name": f"olivia-{world.account_id[:8]}"})
    answer = world.api.post("/account/sign-in/invitations", {"user": world.olivia.id})
    assert answer.status_code == 409
    assert "muster door invite" in answer.json["detail"]


def test_r06_forgotten_passwords_tell_nothing(world: World) -> None:
    """Whoever is asked about, the same page; a mail only to who can use it, and not over and over."""
    world.activated(world.olivia)
    otto = world.an_owner("otto")
    names = (world.olivia.user_name, otto.user_name, "nobody@acme.example", "")
    pages = {ask_reset(world, name) for name in names}
    assert len({page.partition("<footer")[0] for page in pages}) == 1
    ask_reset(world, world.olivia.user_name)
    world.app.extensions["mailer"].look()
    subjects = [str(mail.message["Subject"]) for mail in world.inbox.to(world.olivia.user_name)]
    assert len([one for one in subjects if one.startswith("Your password")]) == 1
    assert not [one for one in world.inbox.to(otto.user_name) if "password" in str(one.message["Subject"])]


def test_a_reset_leaves_the_second_factor(world: World) -> None:
    """Another password, all sessions end, the code is asked for as usual; the mail says that it was changed."""
    browser = world.activated(world.olivia)
    ask_reset(world, world.olivia.user_name, world.customer.account_name)
    other = world.browser()
    assert "second factor is asked for next" in other.open(world.link(world.olivia, "Your password")).text
    answer = world.choose(other, world.link(world.olivia, "Your password"), OTHER)
    assert led_to(answer).startswith("/signin/local/code")
    assert not is_in(browser)
    assert not is_in(other)
    page = other.open(led_to(answer))
    assert led_to(other.submit(page, "/signin/local/code", code=world.fresh_code(world.olivia))) == "/me"
    assert world.knock(world.browser(), world.olivia, PASSWORD).status_code == 403
    assert "password" in world.mail(world.olivia, "was changed").text
    assert world.events("door.password_set")


def test_a_reset_speaks_of_no_factor_that_there_is_not(world: World) -> None:
    """Where a password is enough, nothing comes after it."""
    assert world.api.patch("/account", {"requires_mfa": False}).status_code == 200
    world.choose(world.browser(), world.invite(world.olivia), PASSWORD)
    ask_reset(world, world.olivia.user_name)
    link, browser = world.link(world.olivia, "Your password"), world.browser()
    assert "second factor" not in browser.open(link).text.partition("<form")[0]
    assert led_to(world.choose(browser, link, OTHER)) == "/me"


def test_a_reset_lasts_for_an_hour(world: World) -> None:
    """And unlocks who was locked out of a password that they did not know."""
    world.activated(world.olivia)
    world.change(world.olivia, failures=50, locked_until=now() + timedelta(minutes=15))
    ask_reset(world, world.olivia.user_name)
    link = world.link(world.olivia, "Your password")
    assert led_to(world.choose(world.browser(), link, OTHER)).startswith("/signin/local/code")
    assert world.row(world.olivia).failures == 0
    age(world, timedelta(minutes=10))
    ask_reset(world, world.olivia.user_name)
    late = world.link(world.olivia, "Your password")
    assert late != link
    age(world, timedelta(days=1))
    assert world.browser().open(late).status_code == 403


def test_mails_speak_the_persons_language(world: World) -> None:
    """Spanish where the profile says so, and to the primary address of several."""
    emails = [{"value": "second@acme.example"}, {"value": f"es-{world.account_id[:8]}@acme.example", "primary": True}]
    changes = {"attributes": {"preferredLanguage": "es-ES", "emails": emails}}
    answer = world.api.patch(f"/users/{world.olivia.id}", changes)
    assert answer.status_code == 200, answer.text
    world.api.post("/account/sign-in/invitations", {"user": world.olivia.id})
    world.app.extensions["mailer"].look()
    [mail] = world.inbox.to(str(emails[1]["value"]))
    assert str(mail.message["Subject"]).startswith("Su acceso a")
    assert "Elija su contraseña" in mail.text
    assert not world.inbox.to("second@acme.example")


def test_the_code_of_somebody_who_chose_the_password_anew(world: World) -> None:
    """The app goes on to work after a reset."""
    world.activated(world.olivia)
    ask_reset(world, world.olivia.user_name)
    world.choose(world.browser(), world.link(world.olivia, "Your password"), OTHER)
    world.change(world.olivia, totp_step=0)
    assert led_to(world.signs_in_with(OTHER, code(world.olivia))) == "/me"
