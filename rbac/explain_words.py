"""Why and why not, in the words of people: sentences of explanations, in each language of the product."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rbac.catalogue import Text
from rbac.items import Access, Barrier, Level, Relation
from rbac.model import Effect, GrantKind, GroupName, Reach, Reason, Source, SourceKind
from rbac.words import RELATIONS

_LEVELS = {
    Level.FORBIDDEN: Text("lets them do nothing with it", "no le permite nada"),
    Level.READ: Text("lets them read it, not change it", "le permite leerlo, no modificarlo"),
    Level.MODIFY: Text("lets them read and change it", "le permite leerlo y modificarlo"),
}
_NEEDED = {Level.READ: Text("read it", "leerlo"), Level.MODIFY: Text("change it", "modificarlo")}
_RELATIONS = {
    Relation.OWNER: Text("the user is its owner", "el usuario es su propietario"),
    Relation.GROUP: Text("the user is in its owner group", "el usuario es de su grupo propietario"),
    Relation.REST: Text(
        "the user is neither its owner nor in its owner group",
        "el usuario no es ni su propietario ni de su grupo propietario",
    ),
}
_VERBS = {Effect.ALLOW: Text("allows", "permite"), Effect.DENY: Text("DENIES", "DENIEGA")}


def moment(at: datetime) -> str:
    """A moment as people read it, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def reason_said(reason: Reason, *, shadowed: bool = False) -> Text:
    """What a role or an individual permission says, and where."""
    if reason.kind is GrantKind.SELF:
        return Text(
            f"everybody may use {reason.node} on their own profile", f"todos pueden usar {reason.node} en su perfil"
        )
    who, where, verb = _who(reason), reach_said(reason), _VERBS[reason.effect]
    en, es = f"{who.en} {verb.en} {reason.node}, {where.en}", f"{who.es} {verb.es} {reason.node}, {where.es}"
    if not shadowed:
        return Text(en, es)
    return Text(f"{en}; the denial wins over it", f"{es}; la denegación prevalece")


def unmet_said(reason: Reason) -> Text:
    """What a role would say if its condition held."""
    who, verb = _who(reason), _VERBS[reason.effect]
    return Text(
        f"{who.en} {verb.en} {reason.node} only when {reason.condition}, which is not so here",
        f"{who.es} {verb.es} {reason.node} solo si {reason.condition}, lo que aquí no se cumple",
    )


def reach_said(reason: Reason) -> Text:
    """Where a grant holds."""
    if reason.kind is GrantKind.UNIT:
        below = reason.reach is Reach.SUBTREE
        return Text(
            f"as the role of business unit {reason.unit}{', forced on the units below' if below else ''}",
            f"como rol de la unidad de negocio {reason.unit}{', impuesto a las inferiores' if below else ''}",
        )
    return where_said(reason.unit, reason.reach)


def where_said(unit: str | None, reach: Reach) -> Text:
    """A place: the account, a unit, or a unit and those below it."""
    if reach is Reach.ACCOUNT or unit is None:
        return Text("in the whole account", "en toda la cuenta")
    below = reach is Reach.SUBTREE
    return Text(
        f"in business unit {unit}{' and below' if below else ''}",
        f"en la unidad de negocio {unit}{' e inferiores' if below else ''}",
    )


def _who(reason: Reason) -> Text:
    if reason.kind is GrantKind.INDIVIDUAL:
        return Text("an individual permission", "un permiso individual")
    return Text(f"role {reason.role}", f"el rol {reason.role}")


def group_said(group: GroupName) -> Text:
    """A group, back to the directory that pushes it."""
    return Text(f"group {group.name}{_from(group, 'directory')}", f"grupo {group.name}{_from(group, 'directorio')}")


def _from(group: GroupName, word: str) -> str:
    return f" ← {word} {group.directory}" if group.directory else ""


def group_has_role(group: GroupName) -> Text:
    """That the person has the role as a member."""
    said = group_said(group)
    return Text(f"the role belongs to {said.en}", f"el rol pertenece al {said.es}")


def source_said(source: Source, granted_by: Text) -> Text:
    """Who or what gave it, and until when."""
    until = Text("", "")
    if source.expires:
        until = Text(f", until {moment(source.expires)}", f", hasta {moment(source.expires)}")
    if source.kind is SourceKind.MANUAL:
        why = f" ({source.reason})" if source.reason else ""
        return Text(f"granted by {granted_by.en}{why}{until.en}", f"concedido por {granted_by.es}{why}{until.es}")
    group = _cause_said(source)
    return Text(
        f"mapping rule “{source.rule}” (revision {source.revision}) ← {group.en}{until.en}",
        f"regla de asignación «{source.rule}» (revisión {source.revision}) ← {group.es}{until.es}",
    )


def _cause_said(source: Source) -> Text:
    """The group and the filter by which a rule is for somebody."""
    gone = Text("a group that is gone", "un grupo que ya no está")
    group = group_said(source.group) if source.group else None
    if source.where is None:
        return group or gone
    people = Text(f"who satisfies {source.where}", f"quien cumple {source.where}")
    return Text(f"{group.en}, {people.en}", f"{group.es}, {people.es}") if group else people


def key_said(name: str) -> Text:
    """A program that gave something."""
    return Text(f"API key {name}", f"la clave de API {name}")


def request_said(request_id: str, actor: str, at: datetime) -> Text:
    """The request of a directory that had it given."""
    return Text(f"request {request_id} of {actor}, {moment(at)}", f"petición {request_id} de {actor}, {moment(at)}")


def membership_said(since: datetime, through: str | None) -> Text:
    """Since when somebody is in the group."""
    by, por = (f" by group {through},", f" por el grupo {through},") if through else ("", "")
    return Text(f"in the group{by} since {moment(since)}", f"en el grupo{por} desde {moment(since)}")


def published_said(revision: int | None, author: str, approver: str | None, at: datetime) -> Text:
    """Who published what the rule says, and when."""
    agreed, aprobada = (f", approved by {approver}", f", aprobada por {approver}") if approver else ("", "")
    return Text(
        f"revision {revision} was published by {author}{agreed}, {moment(at)}",
        f"la revisión {revision} fue publicada por {author}{aprobada}, {moment(at)}",
    )


def condition_said(condition: str) -> Text:
    """That a condition holds."""
    return Text(f"the condition holds: {condition}", f"se cumple la condición: {condition}")


def narrowed_said(record_type: str, filter: str) -> Text:
    """What of the records a grant is about."""
    return Text(f"only {record_type} records with {filter}", f"solo registros {record_type} con {filter}")


def obligation_said(record_type: str, filter: str) -> Text:
    """What the caller must still apply."""
    return Text(
        f"of the {record_type} records only those with {filter}",
        f"de los registros {record_type}, solo aquellos con {filter}",
    )


def unit_filter_said(unit: str, filter: str) -> Text:
    """The data filter of a unit."""
    return Text(f"business unit {unit}: {filter}", f"unidad de negocio {unit}: {filter}")


def item_said(access: Access) -> Text:
    """Who the person is to the item, and what it allows them."""
    who = _RELATIONS[access.relation]
    if access.barrier is Barrier.UNIT:
        return Text(
            f"the item is neither of this business unit nor shared with it; {who.en}",
            f"el elemento no es de esta unidad de negocio ni se comparte con ella; {who.es}",
        )
    if access.barrier is Barrier.OWNER_GONE:
        return Text(
            "the item's owner is gone, and its type does not let others do that then",
            "el propietario del elemento ya no está, y su tipo no permite que otros lo hagan en ese caso",
        )
    if access.passed_by:
        return Text(f"{access.passed_by} passes every item level", f"{access.passed_by} supera todos los niveles")
    if access.level is None:
        return Text(f"{who.en}; levels play no part", f"{who.es}; los niveles no cuentan")
    allows, shared = _LEVELS[access.level], access.barrier is Barrier.SHARE
    return Text(
        f"{who.en}; {'the share' if shared else 'the item'} {allows.en}",
        f"{who.es}; {'la compartición' if shared else 'el elemento'} {allows.es}",
    )


REMOVE_DENIAL = Text("the denial above has to go; nothing outweighs it", "hay que quitar la denegación; nada la supera")
ACTIVATE = Text("the user must be active again", "el usuario tiene que volver a estar activo")
NO_ROLE = Text("no role of this account allows it", "ningún rol de esta cuenta lo permite")
KNOWN_SUBJECT = Text("a user of that name", "un usuario con ese nombre")
KNOWN_UNIT = Text("a business unit of that name", "una unidad de negocio con ese nombre")
KNOWN_ITEM = Text("the item has to be registered", "hay que registrar el elemento")
APPLY_FILTER = Text(
    "whoever asks must be able to apply data filters", "quien pregunta tiene que poder aplicar filtros de datos"
)
NEW_OWNER = Text(
    "the item needs an active owner: transfer it", "el elemento necesita un propietario activo: transfiéralo"
)
LEFT_OUT = Text("… and further roles", "… y otros roles")


def step_role(role: str, privileged: bool) -> Text:
    """That a role would do."""
    return Text(
        f"role {role}{' (privileged)' if privileged else ''} allows it",
        f"el rol {role}{' (privilegiado)' if privileged else ''} lo permite",
    )


def step_individual(node: str) -> Text:
    """That an individual permission is there, but does not count here."""
    return Text(f"an individual permission allows {node}", f"un permiso individual permite {node}")


def held_elsewhere(where: Text) -> Text:
    """That it is held, but not where it is needed."""
    return Text(f"the user has it, but only {where.en}", f"el usuario lo tiene, pero solo {where.es}")


def not_yet(at: datetime) -> Text:
    """That it begins later."""
    return Text(f"the user has it from {moment(at)}", f"el usuario lo tiene a partir del {moment(at)}")


def expired(at: datetime) -> Text:
    """That it was held."""
    return Text(f"the user had it until {moment(at)}", f"el usuario lo tuvo hasta el {moment(at)}")


def unit_has_role(unit: str) -> Text:
    """That a business unit would give it."""
    return Text(
        f"whoever works in business unit {unit} has it", f"lo tiene quien trabaja en la unidad de negocio {unit}"
    )


def rule_gives(rule: str, group: str | None, condition: str | None, where: Text, orphaned: bool) -> Text:
    """That a mapping rule would give it, to a group's people, or those who satisfy a filter, or both."""
    if group is None:
        return Text(
            f"mapping rule “{rule}” gives it to who satisfies {condition}, {where.en}",
            f"la regla de asignación «{rule}» lo da a quien cumple {condition}, {where.es}",
        )
    gone = Text(", which is gone", ", que ya no está") if orphaned else Text("", "")
    also = Text(f" to who satisfies {condition}", f" a quien cumple {condition}") if condition else Text("", "")
    return Text(
        f"mapping rule “{rule}” gives it to group {group}{gone.en}{also.en}, {where.en}",
        f"la regla de asignación «{rule}» lo da al grupo {group}{gone.es}{also.es}, {where.es}",
    )


def rests(gives: Text, *, held: bool) -> Text:
    """That what a rule would give, nobody gets at present."""
    if held:
        return Text(
            f"{gives.en}; the group is held until a publish has shown it, so nobody gets anything new by it",
            f"{gives.es}; el grupo está retenido hasta que una publicación lo muestre, así que no da nada nuevo",
        )
    return Text(
        f"{gives.en}; it is paused, so nobody gets anything new by it",
        f"{gives.es}; está en pausa, así que no da nada nuevo",
    )


def must_hold(condition: str) -> Text:
    """A condition that has to be met."""
    return Text(f"this must be so: {condition}", f"tiene que cumplirse: {condition}")


def work_there(name: str, unit: str) -> Text:
    """That somebody has to work somewhere."""
    return Text(
        f"{name} must work in business unit {unit}", f"{name} tiene que trabajar en la unidad de negocio {unit}"
    )


def not_there(name: str, unit: str | None) -> Text:
    """That somebody may not work somewhere, or that there is no such place."""
    if unit is None:
        return Text("there is no business unit of that name", "no existe ninguna unidad de negocio con ese nombre")
    return Text(
        f"{name} may not work in business unit {unit}", f"{name} no puede trabajar en la unidad de negocio {unit}"
    )


def denial_there(reason: Reason) -> Text:
    """A denial that would hold where somebody does not work yet."""
    said = reason_said(reason)
    return Text(f"there, a denial has to go: {said.en}", f"allí hay que quitar una denegación: {said.es}")


def they_work(places: Iterable[Text]) -> Text:
    """Where somebody works."""
    found = list(places)
    return Text(f"they work {', '.join(one.en for one in found)}", f"trabaja {', '.join(one.es for one in found)}")


def open_item(unit: str) -> Text:
    """That an item has to be opened in a unit."""
    return Text(
        f"the item has to be of business unit {unit}, or be shared with it by its owner",
        f"el elemento tiene que ser de la unidad de negocio {unit}, o su propietario tiene que compartirlo con ella",
    )


def raise_level(access: Access) -> Text:
    """The level that an item needs for somebody like this."""
    needs, who = _NEEDED[access.needed], RELATIONS[access.relation]
    return Text(f"the item has to let {who.en} {needs.en}", f"el elemento tiene que permitir {needs.es} a {who.es}")


def raise_share(access: Access) -> Text:
    """The level that a share needs."""
    needs = _NEEDED[access.needed]
    return Text(f"the share has to let them {needs.en}", f"la compartición tiene que permitirle {needs.es}")


def permission_would_do(key: str, why: Text) -> Text:
    """That another permission opens the item."""
    return Text(f"or {key}: {why.en}", f"o {key}: {why.es}")


PASSES_LEVELS = Text("it passes every item level", "supera todos los niveles de los elementos")
OPENS_REST = Text("it opens the level for everybody else", "abre el nivel para los demás")


def known_permission(close: Iterable[str]) -> Text:
    """That the permission has to exist, and what may have been meant."""
    found = list(close)
    en = f"; did you mean {' or '.join(found)}?" if found else ""
    es = f"; ¿quiso decir {' o '.join(found)}?" if found else ""
    return Text(f"a permission that exists for this type{en}", f"un permiso que exista para este tipo{es}")
