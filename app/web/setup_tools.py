"""What the pages of set-up links need of the application beside what every page does."""

from __future__ import annotations

from dataclasses import dataclass

from app.outbound import Outbound
from app.resolving import Resolver
from app.web.pace import Pace


@dataclass(frozen=True, slots=True)
class SetupTools:
    """``calls`` and ``resolver`` ask providers and DNS; ``pace`` is how often one visitor may come."""

    calls: Outbound
    resolver: Resolver
    pace: Pace
