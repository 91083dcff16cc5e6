"""The example platform, started as its README says, clicked through as its people would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
import requests

from tests.e2e.conftest import free_port, stop
from tests.webhooks import wait_until

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The platform's address, and the link with which its owner chooses a password."""
    folder, ports = tmp_path_factory.mktemp("example"), (free_port(), free_port())
    options = ["--folder", str(folder), "--port", str(ports[0]), "--muster-port", str(ports[1])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    command = [sys.executable, str(ROOT / "examples" / "platform" / "app.py"), *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "The platform is at" in said, (folder / "log").read_text()
    welcome = process.stdout.readline().split()[-1]
    yield f"http://127.0.0.1:{ports[0]}", welcome
    assert stop(process) == 0
    process.stdout.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{ports[1]}/readyz", timeout=2)


@pytest.fixture(scope="module")
def platform(started: tuple[str, str]) -> str:
    """The platform's address."""
    return started[0]


class Browser:
    """Somebody at the platform: follows links, presses buttons, reads pages."""

    def __init__(self, url: str, address: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.open("/sign-in")
        self.press("/sign-in", person=f"{address}@postbird.example")

    def open(self, path: str, status: int = 200) -> str:
        return self._seen(self.session.get(self.url + path, timeout=30), status)

    def press(self, path: str, status: int = 200, **form: str) -> str:
        form = {"form_token": self.token, **form}
        return self._seen(self.session.post(self.url + path, data=form, timeout=30), status)

    def buttons(self, campaign: str) -> set[str]:
        """What the page of campaigns offers for one of them."""
        (row,) = re.findall(rf'<tr id="{campaign}">(.*?)</tr>', self.page, re.DOTALL)
        return set(re.findall(rf"/campaigns/{campaign}/(\w+)", row))

    def campaigns(self) -> set[str]:
        return set(re.findall(r'<tr id="(\w+)">', self.page))

    def _seen(self, answer: requests.Response, status: int) -> str:
        assert answer.status_code == status, answer.text
        self.page = answer.text
        found = re.search(r'name="form_token" value="([^"]+)"', self.page)
        self.token = found[1] if found else ""
        return self.page


EMEA, AMER = {"spring", "welcome", "vip", "rebajas", "fado"}, {"memorial", "loyalty"}
SEEN: dict[str, tuple[set[str], dict[str, set[str]]]] = {
    "marta": (EMEA, {"spring": {"edit", "launch"}, "fado": {"edit", "pause"}, "welcome": set()}),
    "ines": ({"rebajas", "fado"}, {"rebajas": {"edit"}, "fado": {"edit", "pause"}}),
    "joe": (AMER, {"memorial": {"edit", "launch"}, "loyalty": {"edit", "launch"}}),
    "carla": (EMEA | AMER, {"spring": {"edit"}, "vip": set(), "welcome": {"edit"}}),
    "vic": (EMEA, {"spring": set(), "fado": set()}),
    "ada": (EMEA | AMER, {"vip": {"edit", "launch"}}),
    "nora": (set(), {}),
}


@pytest.mark.parametrize("address", SEEN)
def test_everybody_sees_what_they_may(platform: str, address: str) -> None:
    """Campaigns by unit, buttons by role, levels, conditions and an individual deny."""
    campaigns, buttons = SEEN[address]
    somebody = Browser(platform, address)
    assert somebody.campaigns() == campaigns
    assert {campaign: somebody.buttons(campaign) for campaign in buttons} == buttons
    assert ("New campaign" in somebody.page) == (address in ("marta", "ines", "joe", "ada"))


def test_a_hidden_button_is_no_guard(platform: str) -> None:
    """Whoever sends the form all the same is told why not, and nothing happens."""
    ines = Browser(platform, "ines")
    page = ines.press("/campaigns/rebajas/launch", 403)
    assert "denied_by_individual" in page
    ines.open("/")
    assert "<strong>Rebajas de verano</strong>" in ines.page
    assert ines.buttons("rebajas") == {"edit"}
    carla = Browser(platform, "carla")
    assert "item_level" in carla.open("/campaigns/vip/edit", 403)
    assert "no_grant" in Browser(platform, "nora").open("/subscribers", 403)


def test_launching_and_pausing(platform: str) -> None:
    """The buttons follow the state."""
    marta = Browser(platform, "marta")
    marta.press("/campaigns/spring/launch")
    assert "is sending now" in marta.page
    assert marta.buttons("spring") == {"edit", "pause"}
    marta.press("/campaigns/spring/pause")
    assert marta.buttons("spring") == {"edit", "launch"}


def test_a_new_campaign_is_known_at_once(platform: str) -> None:
    """It is registered with Muster: its levels count, in its unit and for its owner."""
    joe = Browser(platform, "joe")
    assert re.findall(r'<option value="(\w+)">', joe.open("/campaigns/new")) == ["amer"]
    joe.press("/campaigns/new", unit="amer", subject="Just mine")
    (mine,) = joe.campaigns() - {"memorial", "loyalty"}
    assert joe.buttons(mine) == {"edit", "launch"}
    carla = Browser(platform, "carla")
    assert mine in carla.campaigns()
    assert carla.buttons(mine) == set()
    assert mine not in Browser(platform, "marta").campaigns()
    assert "not_in_business_unit" in joe.press("/campaigns/new", 403, unit="emea", subject="Elsewhere")


def test_subscribers_are_filtered(platform: str) -> None:
    """The data filter of the unit is part of the query; further down there are fewer."""

    def regions(somebody: Browser) -> tuple[set[str], int]:
        page = somebody.open("/subscribers")
        cells = re.findall(r"<td>(\w\w)</td><td>(\w+)</td>\s*<td>(yes|no)</td>", page)
        return {region for _, region, _ in cells}, len(cells)

    marta, ines, joe, ada = (Browser(platform, name) for name in ("marta", "ines", "joe", "ada"))
    assert regions(ada) == ({"EMEA", "AMER", "APAC"}, 60)
    (emea, of_marta), (iberia, of_ines), (amer, of_joe) = regions(marta), regions(ines), regions(joe)
    assert (emea, iberia, amer) == ({"EMEA"}, {"EMEA"}, {"AMER"})
    assert 60 > of_marta > of_ines > 0
    assert of_joe > 0
    assert "<td>no</td>" not in marta.page + ines.page
    assert "<td>DE</td>" in marta.page
    assert "<td>DE</td>" not in ines.page
    assert "Export" in ada.page
    assert "Export" not in marta.page
    marta.open("/subscribers.csv", 403)


def test_forms_of_others_are_refused(platform: str) -> None:
    """A page elsewhere cannot press the buttons."""
    marta = Browser(platform, "marta")
    marta.token = "made-up"
    marta.press("/campaigns/vip/launch", 400)


def test_nobody_is_sent_to_sign_in(platform: str) -> None:
    """Without a session there is nothing to see."""
    answer = requests.get(platform, timeout=30)
    assert answer.url == f"{platform}/sign-in"


PASSWORD = "a long password that nobody else has"


def submit(session: requests.Session, page: requests.Response, action: str, **fields: str) -> requests.Response:
    """Send a form of a page of Muster's as a browser does."""
    [content] = re.findall(rf'<form method="post" action="{action}"(.*?)</form>', page.text, re.DOTALL)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', content))
    form = {name: unescape(value) for name, value in hidden.items()} | fields
    origin = "/".join(page.url.split("/")[:3])
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": origin}
    answer = session.post(origin + action, data=form, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer


def test_somebody_signs_in_with_muster(started: tuple[str, str]) -> None:
    """From the platform to Muster's door and back; when the session there ends, the platform knows."""
    platform, welcome = started
    olivia = requests.Session()
    submit(olivia, olivia.get(welcome, timeout=30), "/signin/local/open", password=PASSWORD, again=PASSWORD)
    olivia.cookies.clear()

    page = olivia.get(f"{platform}/sign-in/muster", timeout=30)
    assert "/signin?return_to=" in page.url
    door = re.search(r'href="(/signin/local[^"]*)"', page.text)
    assert door is not None, page.text
    muster = "/".join(page.url.split("/")[:3])
    page = olivia.get(muster + unescape(door[1]), timeout=30)
    page = submit(olivia, page, "/signin/local", name="olivia@postbird.example", password=PASSWORD)
    there = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert there is not None, page.text
    page = olivia.get(unescape(there[1]), timeout=30)
    assert page.url == f"{platform}/"
    assert "Olivia Owner" in page.text
    assert "Signed in with Muster, from Postbird" in page.text
    [keyed] = re.findall(r'value="([0-9a-f-]{36})"', requests.get(f"{platform}/sign-in", timeout=30).text)
    assert UUID(keyed).version == 7, "known by sub, not by a name"
    assert "no role of this user allows it here" in page.text, "decisions know who that is; she only administers"

    own = olivia.get(f"{muster}/me", timeout=30)
    submit(olivia, own, "/signout")
    wait_until(lambda: olivia.get(platform, timeout=30).url == f"{platform}/sign-in")
