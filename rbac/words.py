"""Decisions in plain words, in each language of the product."""

from __future__ import annotations

from collections.abc import Sequence

from rbac.catalogue import Text
from rbac.items import Access, Barrier, Level, Relation
from rbac.model import Code, Decision, Effect, GrantKind, Reason

GENERAL = {
    Code.ALLOWED: Text("this user may do it", "este usuario puede hacerlo"),
    Code.DENIED_BY_ROLE: Text("a role of this user denies it", "un rol de este usuario lo deniega"),
    Code.DENIED_BY_INDIVIDUAL: Text(
        "an individual permission of this user denies it", "un permiso individual de este usuario lo deniega"
    ),
    Code.NO_GRANT: Text("no role of this user allows it here", "ningún rol de este usuario lo permite aquí"),
    Code.CONDITION_FALSE: Text(
        "this user may do it only under a condition, which is not met",
        "este usuario solo puede hacerlo bajo una condición que no se cumple",
    ),
    Code.ITEM_LEVEL: Text(
        "the permissions of the item itself do not go that far", "los permisos del propio elemento no llegan a tanto"
    ),
    Code.OWNER_GONE: Text(
        "the item's owner is gone, and others may not do that to items of this type",
        "el propietario del elemento ya no está, y los demás no pueden hacer eso con elementos de este tipo",
    ),
    Code.UNSUPPORTED_OBLIGATION: Text(
        "it is allowed only with a data filter, which the caller says it cannot apply",
        "solo se permite con un filtro de datos, y quien pregunta dice que no puede aplicarlo",
    ),
    Code.NOT_IN_BUSINESS_UNIT: Text(
        "this user may not work in that business unit, or the item is not open there, or there is no such unit",
        "este usuario no puede trabajar en esa unidad de negocio, o el elemento no está abierto allí, "
        "o no existe esa unidad",
    ),
    Code.INACTIVE_USER: Text("this user is deactivated", "este usuario está desactivado"),
    Code.UNKNOWN_SUBJECT: Text(
        "no such user in this account, or the name is not unique; use the user's id",
        "no existe ese usuario en esta cuenta, o el nombre no es único; use el id del usuario",
    ),
    Code.UNKNOWN_ACTION: Text(
        "the catalogue has no such permission for this type of resource",
        "el catálogo no tiene ese permiso para este tipo de recurso",
    ),
    Code.UNKNOWN_RESOURCE: Text(
        "there is no such type of resource, or no such item of a type whose items are kept here",
        "no existe ese tipo de recurso, o no existe ese elemento de un tipo cuyos elementos se guardan aquí",
    ),
}
"""What a caller without the right to details is told."""

_LEVELS = {
    Level.FORBIDDEN: Text("allows nothing to", "no permite nada a"),
    Level.READ: Text("allows only reading to", "solo permite leer a"),
    Level.MODIFY: Text("allows reading and changing to", "permite leer y modificar a"),
}
RELATIONS = {
    Relation.OWNER: Text("its owner", "su propietario"),
    Relation.GROUP: Text("members of its owner group", "los miembros de su grupo propietario"),
    Relation.REST: Text("everybody else", "todos los demás"),
}
_ALLOW = Text("allows", "permite"), Text("allow", "permiten")
_DENY = Text("denies", "deniega"), Text("deny", "deniegan")
"""What one thing does, and what several do."""


def sentence(decision: Decision, permission: str) -> Text:
    """One sentence that says what decided."""
    reasons, denied = decision.reasons, [one for one in decision.reasons if one.effect is Effect.DENY]
    match decision.code:
        case Code.ALLOWED:
            return _said(reasons, _ALLOW, permission)
        case Code.DENIED_BY_ROLE | Code.DENIED_BY_INDIVIDUAL:
            told = _said(denied, _DENY, permission)
            return Text(f"{told.en}, and a denial wins", f"{told.es}, y una denegación prevalece")
        case Code.NO_GRANT:
            return Text(
                f"no role of this user says anything about {permission} here",
                f"ningún rol de este usuario dice nada sobre {permission} aquí",
            )
        case Code.CONDITION_FALSE:
            when = " / ".join(dict.fromkeys(one.condition or "" for one in _allows(decision.unmet)))
            told = _said(_allows(decision.unmet), _ALLOW, permission)
            return Text(f"{told.en} only when {when}", f"{told.es} solo si {when}")
        case Code.ITEM_LEVEL | Code.OWNER_GONE | Code.NOT_IN_BUSINESS_UNIT if decision.item is not None:
            return _of_item(decision.item, permission, GENERAL[decision.code])
        case Code.UNKNOWN_ACTION | Code.UNKNOWN_RESOURCE:
            general = GENERAL[decision.code]
            return Text(f"{permission}: {general.en}", f"{permission}: {general.es}")
        case _:
            return GENERAL[decision.code]


def _of_item(access: Access, permission: str, general: Text) -> Text:
    match access.barrier:
        case Barrier.LEVEL if access.level is not None:
            who, what = RELATIONS[access.relation], _LEVELS[access.level]
            return Text(
                f"{permission}: the item {what.en} {who.en}",
                f"{permission}: el elemento {what.es} {who.es}",
            )
        case Barrier.SHARE:
            return Text(
                f"{permission}: the item is shared with this business unit for reading only",
                f"{permission}: el elemento se comparte con esta unidad de negocio solo para leer",
            )
        case Barrier.UNIT:
            return Text(
                f"{permission}: the item is neither of this business unit nor shared with it",
                f"{permission}: el elemento no es de esta unidad de negocio ni se comparte con ella",
            )
        case _:
            return Text(f"{permission}: {general.en}", f"{permission}: {general.es}")


def _allows(reasons: Sequence[Reason]) -> list[Reason]:
    return [reason for reason in reasons if reason.effect is Effect.ALLOW]


def _said(reasons: Sequence[Reason], verb: tuple[Text, Text], what: str) -> Text:
    names = list(dict.fromkeys(_name(reason) for reason in reasons))
    says = verb[len(names) > 1]
    return Text(
        f"{_listed([name.en for name in names], 'and')} {says.en} {what}",
        f"{_listed([name.es for name in names], 'y')} {says.es} {what}",
    )


def _listed(names: Sequence[str], conjunction: str) -> str:
    return f" {conjunction} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(reason: Reason) -> Text:
    if reason.kind is GrantKind.SELF:
        return Text("one's own profile", "el perfil propio")
    if reason.kind is GrantKind.INDIVIDUAL:
        return Text("an individual permission", "un permiso individual")
    return Text(f"role {reason.role}", f"el rol {reason.role}")
