"""Messages of services, stores and cores in the reader's language: what is recognised, and that nothing is missing."""

from __future__ import annotations

import re
import time
from collections import Counter
from string import Formatter

import pytest
from flask import Flask
from markupsafe import Markup
from marshmallow import Schema, fields, validate

from app.sealing import Keys
from app.services.connection_presets import every
from app.services.trusted import TrustedConnections
from app.web.messages import spanish, worded
from app.web.pace import Pace
from app.web.texts.messages import AREAS, MESSAGES, PARTS
from app.web.tools import Tools
from tests.unit.messages_in_source import NOT_SHOWN, is_sentence, said

_BOTH = {**MESSAGES, **PARTS}
_FROM_LIBRARIES = {
    *(
        text
        for kind in (fields.Field, fields.String, fields.Integer, fields.Boolean, fields.List)
        for text in kind.default_error_messages.values()
    ),
    *Schema._default_error_messages.values(),
    validate.Length.message_max.replace("{max}", "{}"),
    validate.OneOf(()).error.replace("{choices}", "{}"),
}
_TITLES = {preset.title for preset in every()}


@pytest.fixture(scope="module")
def source() -> dict[str, set[str]]:
    return said()


def test_everything_that_is_said_has_spanish(source: dict[str, set[str]]) -> None:
    """Whoever adds a message adds its Spanish; ``python -m tests.unit.messages_in_source`` lists what lacks one."""
    known = _BOTH.keys() | NOT_SHOWN
    lacking = {one: sorted(files) for one, files in source.items() if is_sentence(one) and one not in known}
    assert lacking == {}


def test_every_template_is_made_somewhere(source: dict[str, set[str]]) -> None:
    """What nobody says any more is left out of the catalogue, and of what is not shown."""
    assert sorted(_BOTH.keys() - source.keys() - _FROM_LIBRARIES - _TITLES) == []
    assert sorted(NOT_SHOWN - source.keys()) == []


def test_a_template_stands_in_one_place() -> None:
    times = Counter(english for area in AREAS for english in (*area.MESSAGES, *area.PARTS))
    assert [english for english, number in times.items() if number > 1] == []
    assert sorted(NOT_SHOWN & _BOTH.keys()) == []


def test_spanish_has_no_value_that_english_has_not() -> None:
    for english, there in _BOTH.items():
        values = sum(field is not None for _, field, _, _ in Formatter().parse(english))
        for _, field, how, _ in Formatter().parse(there):
            assert field is None or (int(field) < values and how in ("", "t")), english


def test_a_message_is_recognised_as_itself() -> None:
    """Whatever the values are, and however alike other templates may be."""
    for english, there in MESSAGES.items():
        names = [f"Nombre{number}" for number in range(english.count("{}"))]
        assert spanish(english.format(*names)) == re.sub(r"(\{\d+):t\}", r"\1}", there).format(*names), english


@pytest.mark.parametrize(
    ("english", "there"),
    [
        ("title: must have 1 to 200 characters", "title: debe tener de 1 a 200 caracteres"),
        (
            'rules[0].group: no group has the name "Sales" in Okta; push it from the directory first',
            "rules[0].group: ningún grupo tiene el nombre «Sales» en Okta; envíelo antes desde el directorio",
        ),
        (
            "you may not create units; an Account Owner may, and whoever has that right in Madrid",
            "no puede crear unidades; sí puede un propietario de la cuenta, y quien tenga ese derecho en Madrid",
        ),
        (
            "madrid is in use (people at home in it: 3, roles given in it: 2); move or remove that first",
            "madrid está en uso (personas con origen en ella: 3, roles dados en ella: 2); traslade o quite eso antes",
        ),
        (
            "a second Account Owner is needed, since 14 people are concerned, more than 10; privileged roles are "
            "concerned: Ops, Root; make a draft, plan it, and let another Account Owner approve the plan",
            "hace falta un segundo propietario de la cuenta, porque afecta a 14 personas, más que 10; afecta a roles "
            "privilegiados: Ops, Root; haga un borrador, planifíquelo y pida a otro propietario de la cuenta que "
            "apruebe el plan",
        ),
        ("Sales team: nobody answers for it", "Sales team: nadie responde de ella"),
        ("no role 'x'; there are: A, B and 3 more", "no existe el rol 'x'; existen: A, B y 3 más"),
    ],
)
def test_values_that_are_words_of_ours_are_translated_too(english: str, there: str) -> None:
    assert spanish(english) == there


def test_names_are_kept_whatever_they_say() -> None:
    """Names come from outside; one that reads like a message of ours is a name all the same."""
    assert spanish("there is no mapping rule this session is over") == (
        "no existe la regla de asignación this session is over"
    )
    assert spanish("{0} was changed meanwhile; read it again") == "{0} se modificó entretanto; léalo de nuevo"


@pytest.mark.parametrize("part", ["given in Madrid and below", "Marketer in madrid and below", "works in madrid"])
def test_parts_are_no_messages_by_themselves(part: str) -> None:
    """A name alone is never taken for words of ours."""
    assert spanish(part) is None


def test_what_somebody_is_given_is_translated_where_a_page_asks_for_it() -> None:
    assert spanish("Marketer in madrid and below", part=True) == "Marketer en madrid y las inferiores"
    assert spanish("works in madrid, Viewer", part=True) == "trabaja en madrid, Viewer"
    assert spanish("Viewer", part=True) is None


@pytest.mark.parametrize(
    "hostile", ["a; b, c: d in e and f " * 150, "x: " * 1300, '" in "' * 800, "{0}{1}" * 600, "and below " * 390]
)
def test_no_name_makes_it_slow(hostile: str) -> None:
    """Time grows with the length of a text, not with the ways in which it could be read."""
    began = time.process_time()
    spanish(hostile)
    spanish(hostile, part=True)
    spanish(f"you may not {hostile}: {hostile} has {hostile}"[:4000])
    assert time.process_time() - began < 0.5


@pytest.fixture(scope="module")
def bare() -> Flask:
    """An application that serves nothing; a request's language is all that counts here."""
    app = Flask(__name__)
    keys, address = Keys(b"0" * 32), "http://localhost"
    app.extensions["web"] = Tools(keys, address, (), TrustedConnections(keys, address), Pace.of(1))
    return app


def _es(bare: Flask, text: str, **how: bool) -> str:
    with bare.test_request_context(headers={"Accept-Language": "es"}):
        return str(worded(text, **how))


def test_a_page_in_english_shows_the_message_as_it_is(bare: Flask) -> None:
    with bare.test_request_context(headers={"Accept-Language": "en"}):
        assert worded("no user <b> & more") == "no user &lt;b&gt; &amp; more"


def test_a_page_in_spanish_shows_spanish_escaped(bare: Flask) -> None:
    assert _es(bare, "there is no mapping rule <b>&") == "no existe la regla de asignación &lt;b&gt;&amp;"


def test_what_is_not_known_is_marked_as_english(bare: Flask) -> None:
    """A reader's voice would say it in Spanish otherwise (WCAG 2.2, 3.1.2)."""
    assert _es(bare, "who <knows> this") == '<span lang="en">who &lt;knows&gt; this</span>'


def test_each_line_is_a_message(bare: Flask) -> None:
    shown = _es(bare, "the role cannot say that:\n  nobody knows\n  mail: must be an object")
    assert shown == 'el rol no puede decir eso:\n<span lang="en">  nobody knows</span>\nmail: debe ser un objeto'


def test_what_the_page_says_itself_is_left_alone(bare: Flask) -> None:
    assert _es(bare, Markup("Falta <b>algo</b>")) == "Falta <b>algo</b>"


def test_what_somebody_wrote_is_not_called_english(bare: Flask) -> None:
    assert _es(bare, "porque sí", theirs=True) == "porque sí"
    assert _es(bare, "Restore revision 3", theirs=True) == "Restaurar la revisión 3"
