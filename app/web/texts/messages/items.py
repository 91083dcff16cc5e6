"""What items, what they are shared with and who gets them say."""

from __future__ import annotations

MESSAGES = {
    "items of type {} have no levels; select others": ("los elementos de tipo {0} no tienen niveles; seleccione otros"),
    "levels are {}, each one of {}": "los niveles son {0}, cada uno de ellos uno de {1}",
    "say what to change: {}": "diga qué cambiar: {0}",
    "select items by a filter or by their ids, one of the two": (
        "seleccione elementos por un filtro o por sus ids, una de las dos cosas"
    ),
    "there is no item {} {}": "no existe el elemento {0} {1}",
    "these items have changed since the preview, or others match by now; look at the preview again": (
        "estos elementos han cambiado desde la vista previa, u otros cumplen ahora el filtro; mire de nuevo la vista "
        "previa"
    ),
    "this filter finds more than {} items; change them in several turns": (
        "este filtro encuentra más de {0} elementos; cámbielos en varias veces"
    ),
    "{} is not active; give the items to somebody who is": (
        "{0} no está activo; dé los elementos a alguien que lo esté"
    ),
    "{} items at once are too many; select at most {}": (
        "{0} elementos a la vez son demasiados; seleccione como máximo {1}"
    ),
    "{} must be text": "{0} debe ser un texto",
    "a group and a role are called {}; write group:{} or role:{}": (
        "hay un grupo y un rol llamados {0}; escriba group:{1} o role:{2}"
    ),
    "give a userName or an id": "indique un userName o un id",
    "its items stay with the platform": "sus elementos se quedan en la plataforma",
    "no items of type {}: {}; items are kept of: {}": (
        "no existen elementos del tipo {0}: {1:t}; se guardan elementos de: {2:t}"
    ),
    "{} called {}; use an id": "{0:t} con el nombre {1}; use un id",
    "{} called {}; {}": "{0:t} con el nombre {1}; {2:t}",
    "items are moved to {} by the platform, or by whoever manages all items there": (
        "los elementos los traslada a {0} la plataforma, o quien gestiona allí todos los elementos"
    ),
    "items are registered by the platform, or by whoever manages all items of the unit": (
        "los elementos los registra la plataforma, o quien gestiona todos los elementos de la unidad"
    ),
    "only its owner, {}, may {} it": "solo quien lo posee, {0}, puede {1:t}lo",
    "you may not {} {} {}: you do not own it{}": "no puede {0:t} {1} {2}: no le pertenece{3:t}",
    "{} {} is shared with other units; {}": "{0} {1} se comparte con otras unidades; {2:t}",
    "an item has no such field; there are: {}": "un elemento no tiene ese campo; existen: {0}",
    "an item is an object with type and id": "un elemento es un objeto con type e id",
    "each must be one of {}": "cada uno debe ser uno de {0}",
    "items of type {} have no levels": "los elementos de tipo {0} no tienen niveles",
    "more than {} bytes": "más de {0} bytes",
    "must be a {} value": "debe ser un valor de tipo {0}",
    "must be an object": "debe ser un objeto",
    "must be an object of {}": "debe ser un objeto de {0}",
    "must be text of 1 to {} characters": "debe ser un texto de 1 a {0} caracteres",
    "must be the item's id, of 1 to {} characters": "debe ser el id del elemento, de 1 a {0} caracteres",
    "must be the name of an item type": "debe ser el nombre de un tipo de elemento",
    "{} has no such attribute; there are: {}": "{0} no tiene ese atributo; existen: {1}",
    "an item keeps its type and id; register another one": "un elemento conserva su tipo y su id; registre otro",
    "item {} {} is of revision {} by now, not {}; read it again": (
        "el elemento {0} {1} está ahora en la revisión {2}, no en la {3}; léalo de nuevo"
    ),
    "registered in bulk": "registrados en bloque",
    "somebody else has registered one of these items; send it again": (
        "otra persona ha registrado uno de estos elementos; envíelo de nuevo"
    ),
    "there is already an item {} {}; change that one": "ya existe un elemento {0} {1}; cambie ese",
    "this item was given twice": "este elemento se ha indicado dos veces",
    "{} items at once are too many; send at most {}": ("{0} elementos a la vez son demasiados; envíe como máximo {1}"),
    "an item is shared to {}, not {}": "un elemento se comparte con {0}, no {1}",
    "say which units are meant": "diga qué unidades",
    "{} {} belongs to {}; share it with other units": "{0} {1} pertenece a {2}; compártalo con otras unidades",
    "{} {} is not shared with {}": "{0} {1} no se comparte con {2}",
    "give the items to somebody else who is active, not to {}": (
        "dé los elementos a otra persona que esté activa, no a {0}"
    ),
    "name who gets the items: a user or a group, one of the two": (
        "indique quién recibe los elementos: un usuario o un grupo, una de las dos cosas"
    ),
    "no items of type {}; there are: {}": "no hay elementos del tipo {0}; existen: {1:t}",
    "what this user owns has changed since the preview; look at it again": (
        "lo que posee este usuario ha cambiado desde la vista previa; mírelo de nuevo"
    ),
    "you do not manage these items; hand them to somebody else than yourself and your groups": (
        "usted no gestiona estos elementos; traspáselos a alguien que no sea usted ni sus grupos"
    ),
    "you may not hand over what {} owns; an Account Owner may": (
        "no puede traspasar lo que posee {0}; sí puede un propietario de la cuenta"
    ),
    "{} is active and has shared some of these items; only they hand them over": (
        "{0} está activo y ha compartido algunos de estos elementos; solo esa persona los traspasa"
    ),
    "{} is compared with a name or an id, by eq or ne": "{0} se compara con un nombre o un id, con eq o ne",
}
PARTS = {
    "the rest": "los demás",
    "no group and no role is": "no hay ningún grupo ni rol",
    "no type": "ningún tipo",
    "no user of this account is": "no hay ningún usuario de esta cuenta",
    "owner group": "grupo propietario",
    "several users are": "hay varios usuarios",
    "the catalogue has no such item type": "el catálogo no tiene ese tipo de elemento",
    "use an id": "use un id",
    "{}, and lack {} in {}": "{0:t}, y le falta {1} en {2}",
    "{} or to {}": "{0} o con {1}",
    "change": "cambiar",
    "delete": "eliminar",
    "share": "compartir",
}
