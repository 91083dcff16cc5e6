"""What giving and taking access, groups, roles and units say."""

from __future__ import annotations

MESSAGES = {
    "nobody has given {} there by hand; what mapping gives has no end of its own": (
        "nadie ha dado allí {0} a mano; lo que da la asignación de roles no tiene fin propio"
    ),
    "nothing was changed; {} of {} cannot be done:": "no se ha cambiado nada; {0} de {1} no se pueden hacer:",
    "only an Account Owner gives or takes {}": "solo un propietario de la cuenta da o quita {0:t}",
    "{} has {} there by hand already {}; give it another end (extend), or take it back first": (
        "{0} ya tiene allí {1} a mano {2:t}; dele otro fin (prorrogar), o quítelo antes"
    ),
    "a filter belongs to a business unit or to an assignment; name one of the two": (
        "un filtro es de una unidad de negocio o de una asignación; indique una de las dos"
    ),
    "no record matches: {}": "ningún registro cumple: {0:t}",
    "no type of records {} in this account's catalogue; there are: {}": (
        "no hay registros del tipo {0} en el catálogo de esta cuenta; existen: {1}"
    ),
    "there is no assignment {}": "no existe la asignación {0}",
    "there is no filter on {} there": "no hay ahí ningún filtro sobre {0}",
    "the attribute subject.{}: {}": "el atributo subject.{0}: {1:t}",
    "there are no records of the type {}": "no existen registros del tipo {0}",
    "users have no attribute {}": "los usuarios no tienen el atributo {0}",
    "{} has several values": "{0} tiene varios valores",
    "{} is of the type {}, not {}": "{0} es del tipo {1}, no {2}",
    "{} {} when {}: {}": "{0} {1} cuando {2}: {3:t}",
    "the filters on {} that hold in {} would be too much together: {}": (
        "los filtros sobre {0} que rigen en {1} serían demasiado juntos: {2:t}"
    ),
    "at most {} people at once, not {}": "como máximo {0} personas a la vez, no {1}",
    "name exactly one of users, group and business unit": (
        "indique exactamente una cosa: personas, grupo o unidad de negocio"
    ),
    "say which unit's children are meant, or leave both out for the whole account": (
        "diga de qué unidad son las inferiores, o no indique ninguna de las dos para toda la cuenta"
    ),
    "the grant would end before it begins; give a later end": ("terminaría antes de empezar; indique un fin posterior"),
    "the role of a business unit is for whoever works there; give no other unit": (
        "el rol de una unidad de negocio es para quien trabaja en ella; no indique otra unidad"
    ),
    "{} is given to single persons, for the whole account": "{0} se da a personas concretas, para toda la cuenta",
    "{} is over already; give a later end, or take it back instead": (
        "{0} ya ha terminado; dé un fin posterior, o quítelo"
    ),
    "a page has 1 to {} grants, and begins after one that a page before has named": (
        "una página tiene de 1 a {0} asignaciones, y empieza después de una que indicó una página anterior"
    ),
    "there is no assignment of this id in this account": "no existe una asignación con este id en esta cuenta",
    "a group cannot be a member of itself": "un grupo no puede ser miembro de sí mismo",
    "{} belongs to the directory {}; change this group there": "{0} es del directorio {1}; cambie este grupo allí",
    "{} named {} in this account; use a group's id": "{0:t} con el nombre {1} en esta cuenta; use el id del grupo",
    "a group may have members of every business unit; only an Account Owner gives it roles": (
        "un grupo puede tener miembros de todas las unidades de negocio; solo un propietario de la cuenta le da roles"
    ),
    "nobody changes their own access; ask another Account Owner": (
        "nadie cambia su propio acceso; pídaselo a otro propietario de la cuenta"
    ),
    "this group gives its members roles; only an Account Owner changes who is in it": (
        "este grupo da roles a sus miembros; solo un propietario de la cuenta cambia quién está en él"
    ),
    (
        "this is the last active Account Owner who can sign in without an identity provider; make somebody else one "
        "first"
    ): (
        "este es el último propietario activo de la cuenta que puede iniciar sesión sin un proveedor de identidad; "
        "nombre antes a otra persona"
    ),
    "you have this role yourself, and {}": "usted mismo tiene este rol, y {0:t}",
    "you may not {}: the roles of {} give {}, which you are denied there": (
        "no puede {0:t}: los roles de {1} dan {2}, que usted tiene denegado allí"
    ),
    "you may not {}: you do not hold {} in {} yourself": "no puede {0:t}: usted mismo no tiene {1} en {2:t}",
    "you may not {}: {} has {}": "no puede {0:t}: {1} tiene {2:t}",
    "you may not {}: {} is in none of your business units": (
        "no puede {0:t}: {1} no está en ninguna de sus unidades de negocio"
    ),
    "you may not {}: {}, where you do not manage users": "no puede {0:t}: {1:t}, donde usted no gestiona personas",
    "you may not {}; an Account Owner may, and whoever has that right in {}": (
        "no puede {0:t}; sí puede un propietario de la cuenta, y quien tenga ese derecho en {1:t}"
    ),
    "{} is an Account Owner; only another one may {}": (
        "{0} es propietario de la cuenta; solo otro propietario puede {1:t}"
    ),
    "{} is no active user of this account": "{0} no es un usuario activo de esta cuenta",
    "at most {} individual permissions at once, not {}": "como máximo {0} permisos individuales a la vez, no {1}",
    "it would end before it begins; give a later end": "terminaría antes de empezar; indique un fin posterior",
    "something else is said of it above": "ya se ha dicho otra cosa sobre ello más arriba",
    "the effect is allow, deny or unset, not {}": "el efecto es allow, deny o unset, no {0}",
    'there is nothing at "{}" in the catalogue': "no hay nada en «{0}» en el catálogo",
    "the role cannot say that:": "el rol no puede decir eso:",
    "what is unset has no condition": "lo que no está indicado no tiene condición",
    "{} is given twice; join conditions with or": "{0} se da dos veces; una las condiciones con or",
    "{} when {}: {}": "{0} cuando {1}: {2:t}",
    "a description has at most {} characters": "una descripción tiene como máximo {0} caracteres",
    "a role needs a name of at most {} printable characters": (
        "un rol necesita un nombre de {0} caracteres imprimibles como máximo"
    ),
    "role mapping gives {} by {}; publish it without that role first": (
        "la asignación de roles da {0} por {1}; publíquela antes sin ese rol"
    ),
    "this account already has a role named {}": "esta cuenta ya tiene un rol llamado {0}",
    "{} is a default role and locked; copy it and edit the copy": (
        "{0} es un rol predeterminado y está bloqueado; cópielo y edite la copia"
    ),
    "{} is in revision {} now, not {}; read it again": (
        "{0} está ahora en la revisión {1}, no en la {2}; léalo de nuevo"
    ),
    "you may not {} for longer than you have it: {}": (
        "no puede {0:t} durante más tiempo del que usted lo tiene: {1:t}"
    ),
    "you may not {}: {}, and this would be for good": "no puede {0:t}: {1:t}, y esto sería sin fin",
    "your own right in {} ends at {}": "su propio derecho en {0} termina el {1}",
    "{}; let this end no later": "{0:t}; haga que esto no termine más tarde",
    "the root stays above all other units": "la raíz permanece por encima de todas las unidades",
    "{} cannot hang below itself": "{0} no puede estar debajo de sí misma",
    "{} is below {}, so {} cannot hang below {}": ("{0} está debajo de {1}, así que {2} no puede estar debajo de {3}"),
    "a unit needs a name of at most {} characters": "una unidad necesita un nombre de {0} caracteres como máximo",
    "a unit's key is made of lower-case letters, digits, - and _, not {}": (
        "la clave de una unidad se compone de minúsculas, cifras, - y _, no de {0}"
    ),
    "a unit's key must not look like an id: it could be taken for another unit": (
        "la clave de una unidad no debe parecer un id: se podría tomar por otra unidad"
    ),
    "the root keeps its key; change its name instead": "la raíz conserva su clave; cambie su nombre",
    "the root stays": "la raíz permanece",
    "this account already has a business unit with the key {}": (
        "esta cuenta ya tiene una unidad de negocio con la clave {0}"
    ),
    "{} is in use ({}); move or remove that first": "{0} está en uso ({1:t}); traslade o quite eso antes",
    "{} {} in this account; use a {}'s id": "{0:t} {1} en esta cuenta; use el id",
    "nobody does this for somebody else": "nadie hace esto por otra persona",
    "there is no data filter {} in this account": "no existe el filtro de datos {0} en esta cuenta",
}
PARTS = {
    "from {} {}": "desde el {0} {1:t}",
    "give or take {}": "dar o quitar {0:t}",
    "give {}": "dar {0:t}",
    "the role {}": "el rol {0}",
    "{}for good": "{0:t}sin fin",
    "{}until {} UTC": "{0:t}hasta el {1} UTC",
    "filter the records of this business unit": "filtrar los registros de esta unidad de negocio",
    "role {} of {}": "el rol {0} de {1:t}",
    "unit {}": "la unidad {0}",
    "{} in {}": "{0:t} en {1}",
    "{} with another filter": "{0} con otro filtro",
    "{} with another {}": "{0} con {1} distinto",
    "individual permission": "el permiso individual",
    "{} (by group {})": "{0} (por el grupo {1})",
    "change groups": "cambiar grupos",
    "change the members of groups": "cambiar los miembros de los grupos",
    "create groups": "crear grupos",
    "delete groups": "eliminar grupos",
    "no group is": "no existe ningún grupo",
    "several groups are": "hay varios grupos",
    "all business units": "todas las unidades de negocio",
    "{} belongs to {} or has a role there": "{0} pertenece a {1} o tiene un rol allí",
    "{} in {}, a privileged permission that you do not hold there": (
        "{0} en {1}, un permiso privilegiado que usted no tiene allí"
    ),
    "the permission {}": "el permiso {0}",
    "edit the role {}": "editar el rol {0}",
    "make the role {}": "crear el rol {0}",
    "{} when {}": "{0:t} cuando {1}",
    "move this unit there": "mover allí esta unidad",
    "change the business units": "cambiar las unidades de negocio",
    "change this unit": "cambiar esta unidad",
    "change who works in this unit": "cambiar quién trabaja en esta unidad",
    "create units": "crear unidades",
    "delete this unit": "eliminar esta unidad",
    "take people out of this unit": "quitar personas de esta unidad",
    "data filters": "filtros de datos",
    "effects of mapping rules": "efectos de reglas de asignación",
    "individual permissions": "permisos individuales",
    "items shared with it": "elementos compartidos con ella",
    "people at home in it": "personas con origen en ella",
    "roles given in it": "roles dados en ella",
    "units below it": "unidades debajo de ella",
    "group": "el grupo",
    "there is no {}": "no existe {0:t}",
    "there is more than one {}": "hay más de uno:",
}
