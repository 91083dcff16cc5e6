"""What the platform keeps itself: its people, campaigns and subscribers. Who may do what is not among it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

UNITS = {"emea": "EMEA", "iberia": "Iberia", "amer": "Americas"}


class Table(DeclarativeBase):
    """What all tables share."""


class Person(Table):
    """Somebody who can sign in. ``id`` is what Muster is asked about: its own id for them, or their user name there."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    about: Mapped[str]


class Campaign(Table):
    """An e-mail campaign of a business unit. States: draft, scheduled, sending, paused, sent.

    ``shared`` means that colleagues of the unit may change it, not only its owner.
    """

    __tablename__ = "campaign"
    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    state: Mapped[str]
    unit: Mapped[str]
    shared: Mapped[bool]
    owner_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    owner: Mapped[Person] = relationship(lazy="joined")

    @property
    def unit_name(self) -> str:
        """The business unit as people call it."""
        return UNITS[self.unit]


class Subscriber(Table):
    """Somebody who gets campaigns."""

    __tablename__ = "subscriber"
    email: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    consent: Mapped[bool]
    since: Mapped[date]


FILTERED = {"country": Subscriber.country, "region": Subscriber.region, "consent": Subscriber.consent}
"""The columns that a data filter may speak of, by the names that the catalogue gives them."""

_PEOPLE = (
    ("marta@postbird.example", "Marta Moreno", "Marketer in EMEA and below"),
    ("ines@postbird.example", "Inés Ibarra", "Marketer in Iberia who may not launch yet"),
    ("joe@postbird.example", "Joe Jackson", "Marketer in the Americas"),
    ("carla@postbird.example", "Carla Cruz", "Copywriter in EMEA and the Americas"),
    ("vic@postbird.example", "Vic Visitor", "From the agency: looks on in EMEA"),
    ("ada@postbird.example", "Ada Admin", "Administrator"),
    ("nora@postbird.example", "Nora Newcomer", "Has no role yet"),
)
_CAMPAIGNS = (
    ("spring", "Spring is here: 20 % off", "draft", "emea", True, "marta@postbird.example"),
    ("welcome", "Welcome to Postbird", "sent", "emea", True, "marta@postbird.example"),
    ("vip", "For our best customers", "scheduled", "emea", False, "marta@postbird.example"),
    ("rebajas", "Rebajas de verano", "draft", "iberia", True, "ines@postbird.example"),
    ("fado", "Noite de fado", "sending", "iberia", True, "marta@postbird.example"),
    ("memorial", "Memorial Day sale", "draft", "amer", True, "joe@postbird.example"),
    ("loyalty", "Your loyalty points", "paused", "amer", False, "joe@postbird.example"),
)
_COUNTRIES = (("ES", "EMEA"), ("US", "AMER"), ("PT", "EMEA"), ("BR", "AMER"), ("DE", "EMEA"), ("JP", "APAC"))
_GIVEN = ("Adele", "Bruno", "Carla", "Dmitri", "Emma", "Farid", "Greta", "Hana", "Ivan", "Julia", "Kofi", "Lena")
_FAMILY = ("Acosta", "Berg", "Costa", "Diaz", "Endo")


def open_records(url: str) -> Engine:
    """The platform's database, with its samples if it is new."""
    how = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if url == "sqlite://" else {}
    engine = create_engine(url, **how)
    Table.metadata.create_all(engine)
    with Session(engine) as session:
        if session.scalars(select(Person).limit(1)).first() is None:
            session.add_all(Person(id=id, name=name, about=about) for id, name, about in _PEOPLE)
            session.flush()
            columns = ("id", "subject", "state", "unit", "shared", "owner_id")
            session.add_all(Campaign(**dict(zip(columns, row, strict=True))) for row in _CAMPAIGNS)
            session.add_all(_subscribers())
            session.commit()
    return engine


def _subscribers() -> list[Subscriber]:
    found = []
    for number in range(60):
        given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
        country, region = _COUNTRIES[number % len(_COUNTRIES)]
        email = f"{given}.{family}@mail.example".lower()
        since = date(2023 + number % 3, 1 + number % 12, 1 + number % 28)
        person = {"name": f"{given} {family}", "country": country, "region": region, "consent": number % 4 != 3}
        found.append(Subscriber(email=email, since=since, **person))
    return found
