"""What the audit trail, events, webhooks and outgoing calls say."""

from __future__ import annotations

MESSAGES = {
    "event {} does not follow the one before it": "el evento {0} no sigue al anterior",
    "event {} is missing": "falta el evento {0}",
    "event {} was changed": "el evento {0} fue modificado",
    "the trail ends at event {}, but its head says {}": (
        "el registro termina en el evento {0}, pero su cabecera dice {1}"
    ),
    "a business unit": "una unidad de negocio",
    "a business unit has another name or place": "una unidad de negocio tiene otro nombre u otro lugar",
    "a business unit is gone": "una unidad de negocio ya no existe",
    "a certificate of the provider, or our own key, ends within 30, 14 or 3 days; told once at each": (
        "un certificado del proveedor, o nuestra propia clave, termina dentro de 30, 14 o 3 días; se avisa una vez "
        "en cada plazo"
    ),
    "a connection is gone": "una conexión ya no existe",
    "a connection to an identity provider": "una conexión con un proveedor de identidad",
    "a customer's administrator has set up what their link was for; look at it, and switch it on": (
        "el administrador de un cliente ha configurado aquello para lo que era su enlace; revíselo y actívelo"
    ),
    (
        "a directory has pushed somebody whom a sign-in had made: the same person, with the same id, who is changed "
        "there from now on"
    ): (
        "un directorio ha enviado a alguien creado por un inicio de sesión: la misma persona, con el mismo id, que "
        "desde ahora se modifica allí"
    ),
    "a domain is the account's no more; nobody is led to its connection by it": (
        "un dominio ya no es de la cuenta; ya no lleva a nadie a su conexión"
    ),
    "a domain of e-mail addresses is the account's": "un dominio de correo es de la cuenta",
    "a file of business units, roles and rules; what it changed has events of its own, too": (
        "un archivo de unidades de negocio, roles y reglas; lo que cambió tiene además sus propios eventos"
    ),
    "a group": "un grupo",
    "a group has another name, other members or attributes": (
        "un grupo tiene otro nombre, otros miembros u otros atributos"
    ),
    "a group is gone": "un grupo ya no existe",
    "a group may have come in the place of a deleted one, for the rules that are named": (
        "puede que un grupo haya sustituido a otro eliminado, para las reglas que se indican"
    ),
    "a group with mapping rules was deleted: which rules, and how many people lost what": (
        "se eliminó un grupo con reglas de asignación: qué reglas, y cuántas personas perdieron qué"
    ),
    "a pattern came to a group, and would give too much by it: nobody gets anything before a publish": (
        "un grupo encajó en un patrón y daría demasiado por él: nadie recibe nada antes de publicar"
    ),
    "a person has another home unit": "una persona tiene otra unidad de origen",
    "a person is gone": "una persona ya no existe",
    "a person may act again; whatever else changed at once is named, too": (
        "una persona puede volver a actuar; se indica también lo que cambió a la vez"
    ),
    "a person may no longer do anything; end their sessions": (
        "una persona ya no puede hacer nada; termine sus sesiones"
    ),
    "a person, who has no access by that": "una persona, que no tiene acceso por ello",
    "a revision of the role mapping, with how many people gain and lose": (
        "una revisión de la asignación de roles, con cuántas personas ganan y pierden"
    ),
    "a role is gone": "un rol ya no existe",
    "a role of the account's own": "un rol propio de la cuenta",
    "a rule has a group again": "una regla vuelve a tener grupo",
    "a rule, or the whole mapping, gives and takes nothing until it goes on": (
        "una regla, o toda la asignación, no da ni quita nada hasta que se reanude"
    ),
    "a subject of an identity provider is this person from now on; `how` says by what they were found": (
        "un sujeto de un proveedor de identidad es desde ahora esta persona; `how` dice por qué se la encontró"
    ),
    "an Account Owner signed in without the identity provider": (
        "un propietario de la cuenta inició sesión sin el proveedor de identidad"
    ),
    "it is not any more, as somebody has said": "ya no lo está, según alguien ha indicado",
    "nobody signs in by a connection; whoever came in by it is signed out": (
        "nadie inicia sesión por una conexión; se cierra la sesión de quien entró por ella"
    ),
    "other attributes of a person changed": "cambiaron otros atributos de una persona",
    "people must sign in by a connection": "las personas deben iniciar sesión por una conexión",
    "people sign in by a connection": "las personas inician sesión por una conexión",
    "settings of a connection, its provider's certificates or our keys towards it": (
        "ajustes de una conexión, los certificados de su proveedor o nuestras claves hacia él"
    ),
    "somebody wanted to see one arrive": "alguien quiso ver llegar uno",
    "somebody, a group or a business unit gained a role, a permission or a place of work": (
        "una persona, un grupo o una unidad de negocio obtuvo un rol, un permiso o un lugar de trabajo"
    ),
    "somebody, a group or a business unit lost one; also because the platform has it no more": (
        "una persona, un grupo o una unidad de negocio perdió uno; también porque la plataforma ya no lo tiene"
    ),
    "the DNS record that proves a domain has gone; `ends` says until when the domain still counts": (
        "el registro DNS que demuestra un dominio ha desaparecido; `ends` dice hasta cuándo cuenta aún el dominio"
    ),
    "the last Account Owner, whom a directory took away, stays or is followed": (
        "el último propietario de la cuenta, que un directorio quitó, permanece o tiene sucesor"
    ),
    "the operator let an Account Owner begin anew at the local door": (
        "el operador permitió a un propietario de la cuenta empezar de nuevo en la puerta local"
    ),
    "the password of an Account Owner was tried too often at the local door; it stays shut for a while": (
        "la contraseña de un propietario de la cuenta se probó demasiadas veces en la puerta local; permanece "
        "cerrada un rato"
    ),
    "the record is there again": "el registro está de nuevo",
    "the whole mapping goes on; a single rule does by `mapping.published`": (
        "toda la asignación se reanuda; una sola regla lo hace con `mapping.published`"
    ),
    "they need not any more": "ya no es necesario",
    "what a provider says of itself could not be read, or not be believed; told once until it works again": (
        "lo que un proveedor dice de sí mismo no se pudo leer o no era creíble; se avisa una vez hasta que vuelva a "
        "funcionar"
    ),
    "what a role allows, or what it is called: decisions may differ": (
        "lo que un rol permite, o cómo se llama: las decisiones pueden cambiar"
    ),
    "it answered {}": "respondió {0}",
    "it was not told for {} days that a session is over: {}": (
        "durante {0} días no se le ha comunicado que una sesión terminó: {1:t}"
    ),
    "it cannot be sent: {}": "no se puede enviar: {0}",
    "the mail server cannot be used: {}": "no se puede usar el servidor de correo: {0}",
    "the mail server said {}": "el servidor de correo respondió {0}",
    "the recipient was refused: {}": "se rechazó al destinatario: {0}",
    "its secret does not open with the present keys; rotate the secret": (
        "su secreto no se abre con las claves actuales; renueve el secreto"
    ),
    "{}, a redirect, which is not followed": "{0:t}, una redirección, que no se sigue",
    "the audit trail is about everybody in the account; only an Account Owner reads it": (
        "la auditoría trata de todas las personas de la cuenta; solo la lee un propietario de la cuenta"
    ),
    "the trail of this account has no entry {}": "la auditoría de esta cuenta no tiene la entrada {0}",
    "events are about everybody in the account; only an Account Owner has to do with them": (
        "los eventos tratan de todas las personas de la cuenta; solo se ocupa de ellos un propietario de la cuenta"
    ),
    "{} is no type of event; choose from {}": "{0} no es un tipo de evento; elija entre {1}",
    "{} is unknown": "{0} es desconocido",
    "it answered 410: it wants no more": "respondió 410: no quiere más",
    "it has received nothing since {} UTC: {}": "no ha recibido nada desde el {0} UTC: {1:t}",
    "a webhook needs a name": "un webhook necesita un nombre",
    "must be from 0 to {}": "debe estar entre 0 y {0}",
    "must be from 1 to {}": "debe estar entre 1 y {0}",
    "say after which sequence or since when, one of the two": (
        "diga después de qué número o desde cuándo, una de las dos cosas"
    ),
    "switched off": "desactivado",
    "the trail ends at {}": "el registro termina en {0}",
    "there is already a webhook named {}": "ya existe un webhook llamado {0}",
    "there is no webhook {} in this account": "no existe el webhook {0} en esta cuenta",
    "{} is disabled, so nothing is sent there; enable it first": (
        "{0} está desactivado, así que no se le envía nada; actívelo antes"
    ),
}
PARTS: dict[str, str] = {}
