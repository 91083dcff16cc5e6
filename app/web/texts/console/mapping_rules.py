"""What the editor of a mapping rule says."""

from __future__ import annotations

TEXTS = {
    "mapping.rule.new": ("New rule", "Regla nueva"),
    "mapping.rule.change": ("Change a rule", "Cambiar una regla"),
    "mapping.rule.lead": (
        "Say whom the rule is for, what they get, and who answers for it. On the side you see at once whom it would be "
        "for.",
        "Diga para quién es la regla, qué reciben y quién responde de ella. Al lado verá al momento para quién sería.",
    ),
    "mapping.rule.where": ("Which people (optional)", "Qué personas (opcional)"),
    "mapping.rule.where.hint": (
        'Narrow it to people with certain attributes, such as department eq "Marketing"; in the '
        "SCIM grammar. "
        "Empty: everybody.",
        'Limítela a personas con ciertos atributos, como department eq "Marketing"; en la gramática '
        "de SCIM. "
        "Vacío: todas.",
    ),
    "mapping.rule.target": ("Where it goes", "Dónde va"),
    "mapping.rule.draft": ("Draft", "Borrador"),
    "mapping.rule.draft.new": ("a new draft, from the rules in force", "un borrador nuevo, desde las reglas vigentes"),
    "mapping.rule.what": ("The rule", "La regla"),
    "mapping.rule.name": ("Name", "Nombre"),
    "mapping.rule.whom": ("Whom it is for", "Para quién es"),
    "mapping.rule.by.group": ("The members of one group", "Los miembros de un grupo"),
    "mapping.rule.by.pattern": ("Groups whose names fit a pattern", "Grupos cuyos nombres encajan en un patrón"),
    "mapping.rule.by.people": ("People with certain attributes", "Personas con ciertos atributos"),
    "mapping.rule.group": ("Group", "Grupo"),
    "mapping.rule.group.hint": (
        "Type a part of its name, and choose it. The rule keeps to this group, however it is renamed.",
        "Escriba una parte de su nombre y elíjalo. La regla sigue con ese grupo aunque cambie de nombre.",
    ),
    "mapping.rule.group.gone": (
        "The group of this rule is gone. Choose the one that has come in its place.",
        "El grupo de esta regla ya no existe. Elija el que ha venido en su lugar.",
    ),
    "mapping.rule.group.none": ("No group is called like this.", "Ningún grupo se llama así."),
    "mapping.rule.pattern": ("Pattern of names", "Patrón de nombres"),
    "mapping.rule.pattern.hint": (
        "Text as it stands, with captures: mc-{{business_unit}}-{{role}}. What {{role}} and "
        "{{business_unit}} stand for can be given below.",
        "Texto literal, con capturas: mc-{{business_unit}}-{{role}}. Lo que representan "
        "{{role}} y "
        "{{business_unit}} se puede dar abajo.",
    ),
    "mapping.rule.allow_privileged": (
        "The name may stand for a privileged role",
        "El nombre puede representar un rol privilegiado",
    ),
    "mapping.rule.directory": ("Directory", "Directorio"),
    "mapping.rule.directory.any": ("any", "cualquiera"),
    "mapping.rule.gives": ("What they get", "Qué reciben"),
    "mapping.rule.grants": ("Roles", "Roles"),
    "mapping.rule.grants.add": ("Another role", "Otro rol"),
    "mapping.rule.role": ("Role", "Rol"),
    "mapping.rule.role.none": ("no role", "ningún rol"),
    "mapping.rule.captured_role": ("the role that the name says", "el rol que dice el nombre"),
    "mapping.rule.captured_unit": ("the unit that the name says", "la unidad que dice el nombre"),
    "mapping.rule.place": ("Where", "Dónde"),
    "mapping.rule.reach": ("How far", "Hasta dónde"),
    "mapping.rule.only": ("only there", "solo allí"),
    "mapping.rule.below": ("there and below", "allí y por debajo"),
    "mapping.rule.works": ("Works in", "Trabaja en"),
    "mapping.rule.works.add": ("Another unit", "Otra unidad"),
    "mapping.rule.works.hint": (
        "Business units that they may work in, with no role by that alone.",
        "Unidades de negocio en las que pueden trabajar, sin ningún rol solo por eso.",
    ),
    "mapping.rule.unit.none": ("no unit", "ninguna unidad"),
    "mapping.rule.home.no": ("not the home unit", "no es la unidad de origen"),
    "mapping.rule.home.yes": ("is the home unit", "es la unidad de origen"),
    "mapping.rule.term": ("For how long (optional)", "Por cuánto tiempo (opcional)"),
    "mapping.rule.until": ("Until", "Hasta"),
    "mapping.rule.until.hint": ("For everybody, in UTC.", "Para todos, en UTC."),
    "mapping.rule.days": ("Days", "Días"),
    "mapping.rule.days.hint": ("From the day on which each one gets it.", "Desde el día en que cada uno lo recibe."),
    "mapping.rule.why": ("Who answers for it, and why", "Quién responde de ella y por qué"),
    "mapping.rule.owner": ("Owner", "Responsable"),
    "mapping.rule.owner.hint": ("A user name of the account.", "Un nombre de usuario de la cuenta."),
    "mapping.rule.labels": ("Labels", "Etiquetas"),
    "mapping.rule.labels.hint": ("With commas between them.", "Separadas por comas."),
    "mapping.rule.reason": ("Reason", "Motivo"),
    "mapping.rule.paused": ("Begin paused: it gives and takes nothing", "Empezar en pausa: no da ni quita nada"),
    "mapping.rule.save": ("Put it into the draft", "Ponerla en el borrador"),
    "mapping.rule.save.hint": (
        "Nobody gains or loses anything before the draft is published.",
        "Nadie gana ni pierde nada antes de que se publique el borrador.",
    ),
    "mapping.whom.title": ("Whom it would be for", "Para quién sería"),
    "mapping.whom.enough": (
        "Choose a group, write a pattern or a filter, and it is tried out here.",
        "Elija un grupo, escriba un patrón o un filtro, y se prueba aquí.",
    ),
    "mapping.whom.computing": ("Being tried out…", "Probando…"),
    "mapping.whom.try": ("Try it out", "Probar"),
    "mapping.whom.people": ("people", "personas"),
    "mapping.whom.people.one": ("person", "persona"),
    "mapping.whom.groups": ("in {number} groups:", "en {number} grupos:"),
    "mapping.whom.groups.one": ("in 1 group:", "en 1 grupo:"),
    "mapping.whom.odd": ("Look at these names", "Revise estos nombres"),
    "mapping.odd.near_miss": ("Nearly the same name.", "Casi el mismo nombre."),
    "mapping.odd.ambiguous": ("More than one meaning.", "Más de un significado."),
    "mapping.odd.unmatched": ("It does not fit.", "No encaja."),
    "mapping.suggestions": ("What its members have already", "Lo que sus miembros ya tienen"),
    "mapping.suggestions.show": ("See what its members have already", "Ver lo que sus miembros ya tienen"),
    "mapping.suggestions.text": (
        "Choose one, and the rule is filled in with it.",
        "Elija una y la regla se rellena con ella.",
    ),
    "mapping.suggestion": ("{having} of {others} have it", "la tienen {having} de {others}"),
}
