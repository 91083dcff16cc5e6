"""What the pages on data filters say."""

from __future__ import annotations

TEXTS = {
    "filters.title": ("Data filters", "Filtros de datos"),
    "filters.count": ("data filters", "filtros de datos"),
    "filters.search": ("Type, unit, role or text", "Tipo, unidad, rol o texto"),
    "filters.empty": (
        "There is none yet: people see all records of what they may do. Set one for a business unit, or for a role "
        "where it is given.",
        "Todavía no hay ninguno: las personas ven todos los registros de lo que pueden hacer. Ponga uno en una unidad "
        "de negocio, o en un rol donde se da.",
    ),
    "filters.column.type": ("Records", "Registros"),
    "filters.column.holder": ("Whose", "De quién"),
    "filters.column.filter": ("Filter", "Filtro"),
    "filters.column.hints": ("Looks wrong", "Parece incorrecto"),
    "filters.choice.of": ("Set on", "Puesto en"),
    "filters.of.unit": ("a business unit", "una unidad de negocio"),
    "filters.of.role": ("a role that is given", "un rol dado"),
    "filters.one": ("Data filter on {type}", "Filtro de datos sobre {type}"),
    "filters.of_unit": ("Business unit", "Unidad de negocio"),
    "filters.of_role": ("Role", "Rol"),
    "filters.given_to": ("given to", "dado a"),
    "filters.in": ("in", "en"),
    "filters.contradicts": ("matches nothing", "no encaja con nada"),
    "filters.new": ("New data filter", "Nuevo filtro de datos"),
    "filters.change": ("Change", "Cambiar"),
    "filters.remove": ("Remove", "Quitar"),
    "filters.text": (
        "Which records people see. A unit’s filter holds for whoever works there or below, together with those of the "
        "units above; one on a role narrows just what that role gives.",
        "Qué registros se ven. El filtro de una unidad vale para quien trabaja en ella o por debajo, junto con los de "
        "las unidades superiores; el de un rol limita solo lo que da ese rol.",
    ),
    "filters.no_types": (
        "The catalogue of this platform declares no type of records, so there is nothing to filter.",
        "El catálogo de esta plataforma no declara ningún tipo de registros: no hay nada que filtrar.",
    ),
    "filters.type_gone": (
        "The catalogue has no records of the type {type} any more. Whoever cannot apply a filter shows nothing.",
        "El catálogo ya no tiene registros del tipo {type}. Quien no puede aplicar un filtro no muestra nada.",
    ),
    "filters.unit": ("Business unit", "Unidad de negocio"),
    "filters.unit.hint": (
        "For a role, begin where it is given: at its holders, or on the person’s page.",
        "Para un rol, empiece donde se da: en quién lo tiene o en la página de la persona.",
    ),
    "filters.choose": ("Go on", "Continuar"),
    "filters.filter.hint": (
        'Such as country eq "ES" and consent eq true. What can be compared:',
        'Por ejemplo country eq "ES" and consent eq true. Se puede comparar:',
    ),
    "filters.missing.type": ("Choose a type of records.", "Elija un tipo de registros."),
    "filters.missing.filter": (
        "Say what records have to be like; to let all be seen, remove the filter.",
        "Indique cómo deben ser los registros; para que se vean todos, quite el filtro.",
    ),
    "filters.missing.unit": ("Choose a business unit.", "Elija una unidad de negocio."),
    "filters.type.string": ("text", "texto"),
    "filters.type.number": ("number", "número"),
    "filters.type.boolean": ("yes or no", "sí o no"),
    "filters.type.dateTime": ("date and time, UTC", "fecha y hora, UTC"),
    "filters.wrong.number": ("This is no number.", "Esto no es un número."),
    "filters.wrong.boolean": ("Choose yes or no.", "Elija sí o no."),
    "filters.wrong.dateTime": ("There is no such date and time.", "No existe esa fecha y hora."),
    "filters.none_of_it": ("not said", "sin indicar"),
    "filters.true": ("yes (true)", "sí (true)"),
    "filters.false": ("no (false)", "no (false)"),
    "filters.says": ("What it says", "Qué dice"),
    "filters.under": (
        "It holds in {units} business units, where {people} people are at home or work.",
        "Vale en {units} unidades de negocio, donde {people} personas están adscritas o trabajan.",
    ),
    "filters.together": (
        "With those of the units above, this holds:",
        "Con los de las unidades superiores, vale esto:",
    ),
    "filters.together.none": (
        "No filter holds there then: all records are seen.",
        "Entonces no vale ningún filtro allí: se ven todos los registros.",
    ),
    "filters.assignment.then": (
        "What the role gives here is narrowed to records for which this holds, beside the filters of units:",
        "Lo que da el rol aquí se limita a los registros para los que vale esto, además de los filtros de unidades:",
    ),
    "filters.confirm": ("Yes, set this filter", "Sí, poner este filtro"),
    "filters.remove.text": (
        "People see more records from then on.",
        "Desde ese momento se ven más registros.",
    ),
    "filters.remove.role": (
        "What the role gives here is narrowed by the filters of units only.",
        "Lo que da el rol aquí queda limitado solo por los filtros de unidades.",
    ),
    "filters.remove.confirm": ("Yes, remove it", "Sí, quitarlo"),
    "filters.trial": ("Try it on a record", "Probarlo con un registro"),
    "filters.trial.alone": (
        "Fill in what the record has. Tried is this filter alone.",
        "Rellene lo que tiene el registro. Se prueba solo este filtro.",
    ),
    "filters.trial.person": ("Try it for a person", "Probarlo para una persona"),
    "filters.trial.do": ("Try", "Probar"),
    "filters.try": ("Would somebody see a record?", "¿Vería alguien un registro?"),
    "filters.try.text": (
        "With all filters that hold for a person: of the units on the way down to where they work, and of the roles by "
        "which they may do something.",
        "Con todos los filtros que valen para una persona: los de las unidades hasta donde trabaja y los de los roles "
        "por los que puede hacer algo.",
    ),
    "filters.person": ("Person", "Persona"),
    "filters.person.hint": ("A user name or an id.", "Un nombre de usuario o un id."),
    "filters.where": ("While working in", "Mientras trabaja en"),
    "filters.where.usual": ("their usual unit", "su unidad habitual"),
    "filters.permission": ("Permission (optional)", "Permiso (opcional)"),
    "filters.permission.hint": (
        "Its key. Without it the filters of units count only.",
        "Su clave. Sin ella cuentan solo los filtros de unidades.",
    ),
    "filters.record": ("The record", "El registro"),
    "filters.seen": ("The record is seen", "El registro se ve"),
    "filters.hidden": ("The record is not seen", "El registro no se ve"),
    "filters.fits": ("fits", "encaja"),
    "filters.fits_not": ("does not fit", "no encaja"),
    "filters.no_filter": ("No filter holds there.", "Allí no vale ningún filtro."),
    "filters.code.inactive": ("The person is not active.", "La persona no está activa."),
    "filters.code.nowhere": ("The person does not work there.", "La persona no trabaja allí."),
    "filters.code.denied": ("The permission is not theirs there.", "No tiene ese permiso allí."),
    "filters.add": ("Set a filter", "Poner un filtro"),
    "filters.narrow": ("Filter records", "Filtrar registros"),
    "filters.narrow.which": ("Filter records of {role}", "Filtrar registros de {role}"),
    "filters.person.title": ("Which records they see", "Qué registros ve"),
    "filters.person.none": ("All records of what they may do.", "Todos los registros de lo que puede hacer."),
    "filters.role.title": ("Filtered where it is given", "Con filtro donde se da"),
    "done.filter_set": ("The data filter holds.", "El filtro de datos ya vale."),
    "done.filter_removed": ("The data filter was removed.", "El filtro de datos se ha quitado."),
}
