"""What domains and set-up links say."""

from __future__ import annotations

MESSAGES = {
    "a domain has at most {} characters here": "un dominio tiene aquí como máximo {0} caracteres",
    "an address of a network is no domain": "una dirección de red no es un dominio",
    "{} belongs to nobody: names that end so are reserved": (
        "{0} no es de nadie: los nombres que terminan así están reservados"
    ),
    "{} has a letter that only looks like an ASCII one": "{0} tiene una letra que solo parece ASCII",
    "{} is a public suffix, below which anybody may have a domain; claim the one that is yours": (
        "{0} es un sufijo público, bajo el que cualquiera puede tener un dominio; reclame el suyo"
    ),
    "{} is no domain: send it as acme.com, without anything around it": (
        "{0} no es un dominio: escríbalo como acme.com, sin nada alrededor"
    ),
    "a domain decides who may sign in to this account; only an Account Owner has to do with them": (
        "un dominio decide quién puede iniciar sesión en esta cuenta; solo se ocupa de ello un propietario de la cuenta"
    ),
    "an account has at most {} domains; remove some that nobody needs": (
        "una cuenta tiene como máximo {0} dominios; quite alguno que nadie necesite"
    ),
    "its TXT record has been missing for {} days": "su registro TXT falta desde hace {0} días",
    "its TXT record has gone; people still sign in by it until then": (
        "su registro TXT ha desaparecido; hasta entonces se sigue iniciando sesión por él"
    ),
    "say why: the reason stands in the account's audit trail": (
        "diga por qué: el motivo queda en la auditoría de la cuenta"
    ),
    "there is another one": "hay otro",
    "there is no domain {} in this account": "no existe el dominio {0} en esta cuenta",
    "there is none": "no hay ninguno",
    "{} has no TXT record {} yet: {}. DNS can take up to an hour to show a new record": (
        "{0} aún no tiene el registro TXT {1}: {2:t}. El DNS puede tardar hasta una hora en mostrar un registro nuevo"
    ),
    "{} is claimed by this account already": "{0} ya está reclamado por esta cuenta",
    "{}; nothing has changed, try again in a minute": ("{0:t}; no ha cambiado nada, inténtelo de nuevo en un minuto"),
    "a directory is for scim": "un directorio es para scim",
    "a link is good for 1 to {} hours": "un enlace vale de 1 a {0} horas",
    "a new certificate of a SAML provider": "un certificado nuevo de un proveedor SAML",
    "a set-up link decides who signs in and is provisioned; only an Account Owner makes one": (
        "un enlace de configuración decide quién inicia sesión y a quién se aprovisiona; solo lo crea un propietario "
        "de la cuenta"
    ),
    "does not speak {}": "no habla {0}",
    "has no tokens": "no tiene tokens",
    "is for saml and oidc": "es para saml y oidc",
    "is for scim only": "es solo para scim",
    "is not for scim": "no es para scim",
    "is out of range": "está fuera de los límites",
    "name the connection that gets a new certificate": "indique la conexión que recibe un certificado nuevo",
    "nothing pushes into {}": "nada se envía a {0}",
    "only a connection can be switched on": "solo se puede activar una conexión",
    "proof that an e-mail domain is theirs": "la prueba de que un dominio de correo es suyo",
    "provisioning by SCIM": "el aprovisionamiento por SCIM",
    "provisioning has no connection, but a directory": ("el aprovisionamiento no tiene conexión, sino un directorio"),
    "sign-in by OpenID Connect": "el inicio de sesión por OpenID Connect",
    "sign-in by SAML": "el inicio de sesión por SAML",
    "there are {} good links already; revoke some that nobody needs": (
        "ya hay {0} enlaces válidos; revoque alguno que nadie necesite"
    ),
    "there is no set-up link {} in this account": "no existe el enlace de configuración {0} en esta cuenta",
    "this link has ended": "este enlace ha terminado",
    "{} is no purpose; choose from {}": "{0} no es un propósito; elija entre {1}",
    "{} speaks {}": "{0} habla {1}",
    (
        "{} is proven by another account of this installation already; whoever runs that one has to remove it there "
        "first, or the operator of the installation decides"
    ): (
        "{0} ya está demostrado por otra cuenta de esta instalación; quien gestiona esa cuenta debe quitarlo allí "
        "antes, o decide el operador de la instalación"
    ),
    "something else was done with this link at the same moment": (
        "en ese mismo momento se hizo otra cosa con este enlace"
    ),
}
PARTS: dict[str, str] = {}
