"""What acts for many people say."""

from __future__ import annotations

TEXTS = {
    "bulk.with": ("With the chosen people", "Con las personas elegidas"),
    "bulk.go": ("Go on…", "Continuar…"),
    "bulk.title": ("People chosen: {number}", "Personas elegidas: {number}"),
    "bulk.one": ("This person", "Esta persona"),
    "bulk.act": ("What shall be done", "Qué se debe hacer"),
    "bulk.act.missing": ("Choose what shall be done.", "Elija qué se debe hacer."),
    "bulk.act.give": ("Give a role", "Dar un rol"),
    "bulk.act.end": ("End a role", "Retirar un rol"),
    "bulk.act.work": ("Let work in a business unit", "Permitir trabajar en una unidad"),
    "bulk.act.join": ("Add to a group made by hand", "Añadir a un grupo creado a mano"),
    "bulk.act.deactivate": ("Deactivate", "Desactivar"),
    "bulk.act.activate": ("Activate", "Activar"),
    "bulk.text.give": (
        "By hand, to all of them or to nobody. For lasting access, a mapping rule on a group looks after itself.",
        "A mano, a todas o a nadie. Para un acceso duradero, una regla sobre un grupo se mantiene sola.",
    ),
    "bulk.text.end": (
        "What was given by hand ends. What role mapping gives stays.",
        "Lo dado a mano termina. Lo que da la asignación de roles se mantiene.",
    ),
    "bulk.text.work": (
        "Beside the units where they may work already.",
        "Además de las unidades en las que ya pueden trabajar.",
    ),
    "bulk.text.join": (
        "What the group gives its members is theirs at once, for as long as they are in it.",
        "Lo que el grupo da a sus miembros es suyo de inmediato, mientras estén en él.",
    ),
    "bulk.group": ("Group", "Grupo"),
    "bulk.group.hint": (
        "Only groups made by hand; those of a directory are changed there.",
        "Solo grupos creados a mano; los de un directorio se cambian allí.",
    ),
    "bulk.text.deactivate": (
        "Only people who were made by hand; others are deactivated at their directory.",
        "Solo personas creadas a mano; las demás se desactivan en su directorio.",
    ),
    "bulk.text.activate": (
        "Only people who were made by hand. What they had counts again at once.",
        "Solo personas creadas a mano. Lo que tenían vuelve a valer de inmediato.",
    ),
    "bulk.nobody": ("Choose at least one person in the list.", "Elija al menos una persona en la lista."),
    "bulk.cannot": (
        "It cannot be done for {number} of {of} people, so it was done for nobody.",
        "No se puede hacer para {number} de {of} personas, así que no se ha hecho para nadie.",
    ),
    "bulk.who_cannot": ("Who cannot be, and why", "Para quién no se puede y por qué"),
    "bulk.able": ("Leave them out ({number})", "Dejarlas fuera ({number})"),
    "bulk.able.on": ("Leave out for whom it cannot be done", "Dejar fuera a quienes no se pueda"),
    "bulk.outcome": (
        "For {changed} it is new; for {same} it is so already.",
        "Para {changed} es nuevo; para {same} ya es así.",
    ),
    "bulk.confirm": ("Yes, do it ({number})", "Sí, hacerlo ({number})"),
    "done.bulk_give": ("The role was given to all of them.", "El rol se ha dado a todas."),
    "done.bulk_end": ("The role has ended for all of them.", "El rol se ha retirado a todas."),
    "done.bulk_work": ("All of them may work there.", "Todas pueden trabajar allí."),
    "done.bulk_join": ("All of them are in the group.", "Todas están en el grupo."),
    "done.bulk_deactivate": ("All of them were deactivated.", "Todas se han desactivado."),
    "done.bulk_activate": ("All of them are active.", "Todas están activas."),
}
