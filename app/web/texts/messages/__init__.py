"""What services, stores and cores say, in Spanish: by the English template, as it stands in the source.

``{}`` is a value there. In Spanish ``{0}`` is the first one, and ``{0:t}`` the first one translated, too, since it is
made of words of ours and not of somebody's names. MESSAGES stand for themselves; PARTS are found in such values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from app.web.texts.messages import (
    access,
    account,
    advice,
    connections,
    directories,
    events,
    items,
    libraries,
    mapping_plans,
    mapping_rules,
    oidc,
    outbound,
    pages,
    persons,
    programs,
    saml,
    scim,
    sign_ins,
    trust,
)

AREAS: tuple[ModuleType, ...] = (
    events,
    programs,
    outbound,
    account,
    persons,
    access,
    items,
    mapping_rules,
    mapping_plans,
    directories,
    connections,
    trust,
    sign_ins,
    advice,
    saml,
    oidc,
    scim,
    pages,
    libraries,
)
MESSAGES: Mapping[str, str] = {english: spanish for area in AREAS for english, spanish in area.MESSAGES.items()}
PARTS: Mapping[str, str] = {english: spanish for area in AREAS for english, spanish in area.PARTS.items()}
