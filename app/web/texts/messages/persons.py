"""What is said about a person and their own sign-in."""

from __future__ import annotations

MESSAGES = {
    "this is not the code that the app shows now": "este no es el código que muestra ahora la aplicación",
    "none, make one with `muster owner create`": "ninguno, cree uno con `muster owner create`",
    "only an Account Owner of the account's own directory has a password here": (
        "solo un propietario de la cuenta del directorio propio tiene aquí una contraseña"
    ),
    (
        "{} is no active Account Owner of the account's own directory, and nobody else uses the local door; there "
        "are: {}"
    ): (
        "{0} no es un propietario activo del directorio propio de la cuenta, y nadie más usa la puerta local; "
        "existen: {1:t}"
    ),
    "local door": "puerta local",
    "there is no identity link {} in this account": "no existe el vínculo de identidad {0} en esta cuenta",
    (
        "{} knows {} subjects, which may be other people by another {}; make another connection, or say forget_links "
        "to forget whom it knows, also of people who are gone"
    ): (
        "{0} conoce {1} sujetos, que pueden ser otras personas con otro {2}; cree otra conexión, o indique "
        "forget_links para olvidar a quién conoce, también a quien ya no está"
    ),
    "signing in by the identity provider is required; an operator recovers: `muster door recover`": (
        "es obligatorio iniciar sesión con el proveedor de identidad; un operador lo recupera: `muster door recover`"
    ),
    "you may not invite anybody to the local door; an Account Owner may": (
        "no puede invitar a nadie a la puerta local; sí puede un propietario de la cuenta"
    ),
    "{} can sign in already; to begin anew, ask the operator: `muster door recover`": (
        "{0} ya puede iniciar sesión; para empezar de nuevo, pídaselo al operador: `muster door recover`"
    ),
    "{} has no address, or this installation sends no mail; an operator makes a link by `muster door invite`": (
        "{0} no tiene dirección, o esta instalación no envía correo; un operador crea un enlace con `muster door "
        "invite`"
    ),
    "there is no open session {} in this account": "no hay ninguna sesión abierta {0} en esta cuenta",
    "nobody could sign in any more when the identity provider fails": (
        "nadie podría iniciar sesión cuando fallara el proveedor de identidad"
    ),
    "there are no passkeys at this address": "en esta dirección no hay llaves de acceso",
    "there is no such passkey": "no existe esa llave de acceso",
    "this is the last second factor, and the account requires one; add another one first": (
        "este es el último segundo factor, y la cuenta exige uno; añada antes otro"
    ),
    "nobody has more than {} passkeys; remove one first": ("nadie tiene más de {0} llaves de acceso; quite una antes"),
    "this passkey is known already": "esta llave de acceso ya se conoce",
    "this passkey was made too late or elsewhere; begin again": (
        "esta llave de acceso se creó demasiado tarde o en otro sitio; empiece de nuevo"
    ),
    "this passkey was refused; begin again, with a screen lock or a key that has a PIN": (
        "se rechazó esta llave de acceso; empiece de nuevo, con bloqueo de pantalla o una llave que tenga PIN"
    ),
    "this passkey was sent twice; begin again": "esta llave de acceso se envió dos veces; empiece de nuevo",
    "it has a control character": "tiene un carácter de control",
    "it is a row of the keyboard or the alphabet": "es una fila del teclado o del alfabeto",
    "it is little more than the name of the person or the account": (
        "es poco más que el nombre de la persona o de la cuenta"
    ),
    "it is made of what everybody tries first": "se compone de lo que todo el mundo prueba primero",
    "it must have {} to {} characters": "debe tener de {0} a {1} caracteres",
    "it repeats the same few characters": "repite los mismos pocos caracteres",
    "this password is refused: {}": "se rechaza esta contraseña: {0:t}",
    "at most {} people at once, not {}; for more, a group or a mapping rule lasts better": (
        "como máximo {0} personas a la vez, no {1}; para más, un grupo o una regla de asignación dura más"
    ),
    "more than {} people match; choose fewer of them": "cumplen más de {0} personas; elija menos",
    "nobody was chosen": "no se ha elegido a nadie",
    "nobody who may sign in": "nadie que pueda iniciar sesión",
    "the connection is switched off": "la conexión está desactivada",
    "this session is over": "esta sesión ha terminado",
    "the user was deleted": "se eliminó al usuario",
    "no business unit {}; there are: {}": "no existe la unidad de negocio {0}; existen: {1:t}",
    "no role {}; there are: {}": "no existe el rol {0}; existen: {1:t}",
    "no user {} in this account, or several of that name; use the user's id": (
        "no existe el usuario {0} en esta cuenta, o hay varios con ese nombre; use el id del usuario"
    ),
    "somebody has just deleted this business unit; look at the units again": (
        "alguien acaba de eliminar esta unidad de negocio; mire las unidades de nuevo"
    ),
    "{} named {}; use the group's id": "{0:t} con el nombre {1}; use el id del grupo",
    "give what the page before ended with": "indique aquello con lo que terminó la página anterior",
    "the catalogue has no permission {}": "el catálogo no tiene el permiso {0}",
    "there is no {} {} on which {} could be used": "no existe {0} {1} en el que se pudiera usar {2}",
    "{} has no open session {}": "{0} no tiene ninguna sesión abierta {1}",
    "is no attribute that can be set here": "no es un atributo que se pueda fijar aquí",
    "the name and the addresses of an Account Owner are changed by themselves, or by the operator": (
        "el nombre y las direcciones de un propietario de la cuenta los cambia él mismo, o el operador"
    ),
    "this may decide what you may do, and {}": "esto puede decidir lo que usted puede hacer, y {0:t}",
    "you may not change your own profile; an Account Owner may": (
        "no puede cambiar su propio perfil; sí puede un propietario de la cuenta"
    ),
    "{} belongs to the directory {}; change this person there": (
        "{0} es del directorio {1}; cambie a esta persona allí"
    ),
    "{} is the userName or externalId of somebody else in this account": (
        "{0} es el userName o externalId de otra persona de esta cuenta"
    ),
    "{} {} in this account; use a user's id": "{0:t} {1} en esta cuenta; use el id de un usuario",
    "active is compared with true or false, by eq": "active se compara con true o false, con eq",
    "name is compared with a text, by sw": "name se compara con un texto, con sw",
}
PARTS = {
    "{} and {}": "{0:t} y {1:t}",
    "recovery codes": "códigos de recuperación",
    "end sessions": "terminar sesiones",
    "change the profile": "cambiar el perfil",
    "create users": "crear usuarios",
    "delete the user": "eliminar al usuario",
    "several directories have a user": "varios directorios tienen un usuario",
    "there is no user": "no existe el usuario",
    "user": "el usuario",
}
