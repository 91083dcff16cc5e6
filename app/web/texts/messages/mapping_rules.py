"""What rules of the role mapping, and what they would do, say."""

from __future__ import annotations

MESSAGES = {
    "published rules give by it what is not on the list: {}; change or end them, or pause each of them, first": (
        "hay reglas publicadas que dan por ella lo que no está en la lista: {0}; cámbielas o termínelas, o ponga "
        "cada una en pausa, antes"
    ),
    "there is no role {}; there are: {}": "no existe el rol {0}; existen: {1}",
    "unknown role": "rol desconocido",
    "{} is never given by what an identity provider says": (
        "{0} nunca se da por lo que dice un proveedor de identidad"
    ),
    "{} cannot decide what somebody is given": "{0} no puede decidir qué se da a alguien",
    "{}.{} is that of another person and not kept with this one; compare {}.value with their id": (
        "{0}.{1} es de otra persona y no se guarda con esta; compare {2}.value con su id"
    ),
    '"{}" looks as if {} were for it, but {}': "«{0}» parece destinado a {1}, pero {2:t}",
    "if it is meant too, give it a rule of its own": "si también es para él, dele una regla propia",
    "nobody answers for it": "nadie responde de ella",
    "rename the group, or a role or unit, so that only one meaning is left": (
        "cambie el nombre del grupo, o de un rol o una unidad, para que solo quede un significado"
    ),
    "rename the group, or make the role or unit that it names": (
        "cambie el nombre del grupo, o cree el rol o la unidad que nombra"
    ),
    "the role it names is privileged, which the rule does not allow": (
        "el rol que nombra es privilegiado, y la regla no lo permite"
    ),
    '{} cannot tell what "{}" means: {}': "{0} no puede saber qué significa «{1}»: {2:t}",
    "{} is no active person of this account": "{0} no es una persona activa de esta cuenta",
    "no group has the {}": "ningún grupo tiene {0:t}",
    "several groups have the {}; name the directory or the id ({})": (
        "varios grupos tienen {0:t}; indique el directorio o el id ({1})"
    ),
    'the group {} is called "{}", not "{}"; the id counts': ("el grupo {0} se llama «{1}», no «{2}»; cuenta el id"),
    "the mapping cannot be published:": "no se puede publicar la asignación:",
    "the rule would have ended already; leave it out instead": "la regla ya habría terminado; quítela en su lugar",
    'there is no business unit "{}"{}': "no existe la unidad de negocio «{0}»{1:t}",
    'there is no directory "{}"{}': "no existe el directorio «{0}»{1:t}",
    'there is no role "{}"{}': "no existe el rol «{0}»{1:t}",
    "{} is for the whole account": "{0} es para toda la cuenta",
    "{} is none of the roles that mapping gives by {} (its mapped_roles)": (
        "{0} no es ninguno de los roles que da la asignación por {1} (sus mapped_roles)"
    ),
    "duties that belong apart come together: {}": "se juntan funciones que deben estar separadas: {0}",
    "the filter of {} is understood no more, so the rule gives nothing": (
        "el filtro de {0} ya no se entiende, así que la regla no da nada"
    ),
    "the whole mapping is paused: nobody would get this before it goes on": (
        "toda la asignación está en pausa: nadie recibiría esto antes de que se reanude"
    ),
    "{} denies what {} gives: {}": "{0} deniega lo que da {1}: {2}",
    "{} is paused and gives nothing here": "{0} está en pausa y no da nada aquí",
    "for {} something ends sooner or later than before": "para {0:t} algo termina antes o después que hasta ahora",
    "groups that no rule covers: {}": "grupos sin ninguna regla: {0:t}",
    "rules that match nobody: {}": "reglas que no alcanzan a nadie: {0:t}",
    "separation of duties {}: {} {} by {}": "separación de funciones {0}: {1:t} {2:t} por {3:t}",
    "{} denies what {} gives ({}), for {} by {}": "{0} deniega lo que da {1} ({2:t}), para {3:t} por {4:t}",
    "{} give {} the same": "{0:t} dan a {1:t} lo mismo",
    "{} left with no role": "{0:t} sin ningún rol",
    'there is no directory "{}"': "no existe el directorio «{0}»",
    "this group is gone; choose another one": "este grupo ya no existe; elija otro",
    "Re-bind {}": "Vincular de nuevo {0}",
    'no group looks like "{}", which {} had; name one with --group': (
        "ningún grupo se parece a «{0}», que tenía {1}; indique uno con --group"
    ),
    "no rule is an orphan": "ninguna regla está huérfana",
    "orphans are {}": "las huérfanas son {0}",
    "several groups have the {} as {} had; name one with --group: {}": (
        "varios grupos tienen {0:t} que tenía {1}; indique uno con --group: {2}"
    ),
    "there is no group {} in this account": "no existe el grupo {0} en esta cuenta",
    'there is no mapping rule "{}"; {}': "no existe la regla de asignación «{0}»; {1:t}",
    "{} is no orphan, its group is there; to give it another one, publish the mapping anew": (
        "{0} no está huérfana, su grupo existe; para darle otro, publique la asignación de nuevo"
    ),
    "{} re-bound to {}": "{0} vinculada de nuevo a {1}",
    "there is no directory {}": "no existe el directorio {0}",
    "nobody in {} has {}, so nothing suggests it; if it is meant, write the rule in a draft of the mapping": (
        "nadie en {0} tiene {1:t}, así que nada lo sugiere; si es lo que quiere, escriba la regla en un borrador de "
        "la asignación"
    ),
    "suggested by what the others in the group have": "sugerido por lo que tienen los demás del grupo",
    "{} of the {} others in {} have {}": "{0} de los otros {1} de {2} tienen {3:t}",
    "{}; the role is PRIVILEGED": "{0:t}; el rol es PRIVILEGIADO",
    '"{}" is the name of {} already': "«{0}» ya es el nombre de {1}",
    "a rule has a group or a pattern, not both": "una regla tiene un grupo o un patrón, no ambos",
    "at most {} rules": "como máximo {0} reglas",
    "children needs a unit; without a unit the role is for the whole account": (
        "children necesita una unidad; sin unidad el rol es para toda la cuenta"
    ),
    "must be 1 to {}": "debe ser de 1 a {0}",
    "must be in the years 1 to 9999, in UTC": "debe estar entre los años 1 y 9999, en UTC",
    "must have 1 to 10,000 characters": "debe tener de 1 a 10.000 caracteres",
    "must have 1 to 200 characters": "debe tener de 1 a 200 caracteres",
    "must not be blank": "no debe estar en blanco",
    "must not have control or other invisible characters": ("no debe tener caracteres de control ni otros invisibles"),
    "name the directory within {}": "indique el directorio dentro de {0}",
    "name the group by exactly one of id, external_id and name": (
        "indique el grupo con exactamente uno de id, external_id y name"
    ),
    "no pattern captures {}": "ningún patrón captura {0}",
    "nothing is given by {}; give it, or call the capture otherwise": (
        "nada se da por {0}; delo, o llame a la captura de otra forma"
    ),
    "one is at home in one unit only": "solo se tiene una unidad de origen",
    "say whom the rule is for: by group, pattern or where": ("diga para quién es la regla: por grupo, patrón o filtro"),
    "the rule gives nothing; add grants or works_in": "la regla no da nada; añada roles o unidades de trabajo",
    "write a moment with its time zone, such as 2027-03-01T00:00:00Z": (
        "escriba un momento con su zona horaria, como 2027-03-01T00:00:00Z"
    ),
    "{} more problems are not told": "no se indican {0} problemas más",
    "its separators are others than those of the pattern": "sus separadores son distintos de los del patrón",
    '"{{{}}}" is no capture; its name has small letters, digits and _': (
        "«{{{0}}}» no es una captura; su nombre tiene minúsculas, cifras y _"
    ),
    "a brace without its other half; captures are written as {{role}}": (
        "una llave sin su pareja; las capturas se escriben como {{role}}"
    ),
    "a capture stands there twice": "una captura aparece ahí dos veces",
    "a pattern needs some text of its own, or it would fit every group": (
        "un patrón necesita algún texto propio, o encajaría con todos los grupos"
    ),
    "at most {} captures": "como máximo {0} capturas",
    "two captures need a text between them": "dos capturas necesitan un texto entre ellas",
    "{} cannot be given by mapping unless an Account Owner has allowed that; it is given by hand": (
        "la asignación no puede dar {0} mientras un propietario de la cuenta no lo permita; se da a mano"
    ),
    '"{}" in {} has the same name as "{}", which {} is for': (
        "«{0}» en {1} se llama igual que «{2}», para el que es {3}"
    ),
    '"{}" in {} is called nearly as "{}", which {} is for': (
        "«{0}» en {1} se llama casi igual que «{2}», para el que es {3}"
    ),
    "mend those that are named, and the others are told": "corrija los que se indican y se mostrarán los demás",
    "{} more names of groups are like these": "{0} nombres de grupos más son como estos",
}
PARTS = {
    "{} ({}, by {})": "{0} ({1}, por {2})",
    "new {}": "{0} (nuevo)",
    "{} or {}": "{0} o {1}",
    "{}; name another directory": "{0:t}; indique otro directorio",
    "{}; push it from the directory first": "{0:t}; envíelo antes desde el directorio",
    "own profile": "el perfil propio",
    "is at home in {}": "su unidad de origen es {0}",
    "works in {}": "trabaja en {0:t}",
    "{} and below": "{0:t} y las inferiores",
    "{} until {}": "{0:t} hasta el {1}",
    "same externalId": "el mismo externalId",
    "same name": "el mismo nombre",
    "{}; did you mean {}?": "{0:t}; ¿quería decir {1:t}?",
    '"{}" is no {} that it may capture{}': "no puede capturar {1:t} «{0}»{2:t}",
    'id "{}"': "el id «{0}»",
    'externalId "{}"': "el externalId «{0}»",
    'name "{}"': "el nombre «{0}»",
    "ends sooner: {}": "termina antes: {0:t}",
    "ends later: {}": "termina más tarde: {0:t}",
}
