"""What scopes of keys, clients and keys say."""

from __future__ import annotations

MESSAGES = {
    (
        "an Account Owner issued this key within the last {} days, and could act by it as {}; until then it speaks "
        "for no other owner than them"
    ): (
        "un propietario de la cuenta emitió esta clave en los últimos {0} días y podría actuar con ella como {1}; "
        "hasta entonces no habla por ningún otro propietario"
    ),
    "a client learns who everybody is; only an Account Owner has to do with clients": (
        "un cliente conoce la identidad de todos; solo se ocupa de los clientes un propietario de la cuenta"
    ),
    "a client needs a name": "un cliente necesita un nombre",
    "a client needs an address to which people are sent back": (
        "un cliente necesita una dirección a la que se devuelva a las personas"
    ),
    "at most {} addresses": "como máximo {0} direcciones",
    "must be a full https address in plain ASCII, without fragment and placeholders": (
        "debe ser una dirección https completa en ASCII, sin fragmento ni comodines"
    ),
    "must be one of {}": "debe ser uno de {0}",
    "must begin with https://; http only leads to one's own machine": (
        "debe empezar por https://; http solo lleva al propio equipo"
    ),
    "must have openid, and may have {}": "debe tener openid, y puede tener {0}",
    "must name a host, and no user": "debe indicar un servidor, y ningún usuario",
    "there {} {} {}; give an id": "{0:t} {1} {2:t}; indique un id",
    "this is no address": "esto no es una dirección",
    "{} is revoked, for good; make a new client": "{0} está revocado, para siempre; cree un cliente nuevo",
    "{} keeps no secret, so there is none to replace": (
        "{0} no guarda ningún secreto, así que no hay ninguno que sustituir"
    ),
    "ask for decisions": "pedir decisiones",
    "ask who may do something, and what somebody may do": (
        "preguntar quién puede hacer algo, y qué puede hacer alguien"
    ),
    "be told which role, rule and group decided": "saber qué rol, regla y grupo decidió",
    "change roles, assignments, individual permissions, business units and data filters": (
        "cambiar roles, asignaciones, permisos individuales, unidades de negocio y filtros de datos"
    ),
    "change the account's settings": "cambiar los ajustes de la cuenta",
    "change those, and read what identity providers said in sign-ins": (
        "cambiarlos, y leer lo que dijeron los proveedores de identidad en los inicios de sesión"
    ),
    "create, change and delete groups of the account's own directory, and their members": (
        "crear, cambiar y eliminar grupos del directorio propio de la cuenta, y sus miembros"
    ),
    "create, change and delete users of the account's own directory": (
        "crear, cambiar y eliminar usuarios del directorio propio de la cuenta"
    ),
    "end sessions of people": "terminar sesiones de personas",
    "make, change and revoke such clients": "crear, cambiar y revocar esos clientes",
    "make, change, replay and delete webhooks": "crear, cambiar, repetir y eliminar webhooks",
    "no {} {} here; give its id or its prefix": "no existe aquí {0:t} {1}; indique su id o su prefijo",
    "read connections, certificates, domains, set-up links and traces of sign-ins": (
        "leer conexiones, certificados, dominios, enlaces de configuración y trazas de inicios de sesión"
    ),
    "read groups and their members": "leer grupos y sus miembros",
    "read items, their shares and their defaults": (
        "leer elementos, con quién se comparten y sus valores predeterminados"
    ),
    "read roles, assignments, individual permissions, business units and data filters": (
        "leer roles, asignaciones, permisos individuales, unidades de negocio y filtros de datos"
    ),
    "read the account's settings and directories": "leer los ajustes y los directorios de la cuenta",
    "read the audit trail and verify its chain": "leer la auditoría y verificar su cadena",
    "read the catalogue and the profiles": "leer el catálogo y los perfiles",
    "read the clients to which people are handed over after sign-in": (
        "leer los clientes a los que se entrega a las personas tras iniciar sesión"
    ),
    "read the feed of events": "leer los eventos",
    "read users": "leer usuarios",
    "read webhooks and what was sent to them": "leer webhooks y lo que se les envió",
    "read where people are signed in": "leer dónde hay sesiones iniciadas",
    "register a catalogue, load a profile": "registrar un catálogo, cargar un perfil",
    "register, change, share, transfer and delete items": (
        "registrar, cambiar, compartir, traspasar y eliminar elementos"
    ),
    "unknown scope {}; choose from {}": "ámbito desconocido {0}; elija entre {1}",
    "{} holds the groups that sign-ins name, and has no tokens": (
        "{0} guarda los grupos que indican los inicios de sesión, y no tiene tokens"
    ),
    (
        "{} is the account's own directory, for people made by hand, and has no tokens; make one for the identity "
        "provider: muster directory create"
    ): (
        "{0} es el directorio propio de la cuenta, para personas creadas a mano, y no tiene tokens; cree uno para el "
        "proveedor de identidad: muster directory create"
    ),
    "send `Authorization: Bearer <key>` with {}": "envíe `Authorization: Bearer <clave>` con {0:t}",
    "no valid directory token: send `Authorization: Bearer <token>` with a token of this directory": (
        "no es un token de directorio válido: envíe `Authorization: Bearer <token>` con un token de este directorio"
    ),
    "{} is paused here: nothing was changed; send this again later": (
        "{0} está en pausa aquí: no se ha cambiado nada; envíelo de nuevo más tarde"
    ),
    "too many requests at once; nothing was done, send it again": (
        "demasiadas peticiones a la vez; no se ha hecho nada, envíela de nuevo"
    ),
    "no valid API key: send `Authorization: Bearer <key>`": (
        "no es una clave de API válida: envíe `Authorization: Bearer <clave>`"
    ),
    "this API key lacks the scope {}": "a esta clave de API le falta el ámbito {0}",
    "a key of the installation speaks for no person": "una clave de la instalación no habla por ninguna persona",
    "names no active user of this account; send an id or userName": (
        "no indica a ningún usuario activo de esta cuenta; envíe un id o un userName"
    ),
    "the account is suspended": "la cuenta está suspendida",
    "read what people ask for about their access": "leer lo que las personas piden sobre su acceso",
    "ask in people's names, and answer them; that gives nobody anything": (
        "pedir en nombre de las personas, y responderles; eso no da nada a nadie"
    ),
}
PARTS = {
    "are several clients": "hay varios clientes",
    "in this account": "en esta cuenta",
    "is no client": "no hay ningún cliente",
    "of the installation": "de la instalación",
    "an API key of an account": "una clave de API de una cuenta",
    "a key of the installation (`muster apikey issue --installation`)": (
        "una clave de la instalación (`muster apikey issue --installation`)"
    ),
}
