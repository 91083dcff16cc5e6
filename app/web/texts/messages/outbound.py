"""What calls to other machines, and what is compared, say."""

from __future__ import annotations

MESSAGES = {
    "{} is no port": "{0} no es un puerto",
    '"{}" has no elements to put a condition on': "«{0}» no tiene elementos a los que poner una condición",
    'there is no attribute "{}"; there are: {}': "no existe el atributo «{0}»; existen: {1}",
    "{} compares with a dateTime as 2024-05-01T12:00:00Z": (
        "{0} se compara con una fecha y hora como 2024-05-01T12:00:00Z"
    ),
    "{} compares with a {} value": "{0} se compara con un valor de tipo {1}",
    "{} is a {} and has no order; {} does not apply": "{0} es de tipo {1} y no tiene orden; {2} no se le aplica",
    "{} is a {} and {} a {}; they never compare": "{0} es de tipo {1} y {2} de tipo {3}; no se pueden comparar",
    "{} is a {}, not a string; {} does not apply": "{0} es de tipo {1}, no un texto; {2} no se le aplica",
    "{} is never null; write {} pr, or not ({} pr)": "{0} nunca es nulo; escriba {1} pr, o not ({2} pr)",
    "{} is not of the same type in all item types that have it": (
        "{0} no es del mismo tipo en todos los tipos de elementos que lo tienen"
    ),
    "it answered {}, a redirect, which is not followed": "respondió {0}, una redirección, que no se sigue",
    "its answer is compressed ({}), which nobody asked for": ("su respuesta está comprimida ({0}), y nadie lo pidió"),
    "its answer is longer than {} bytes": "su respuesta ocupa más de {0} bytes",
    "a URL has at most {} characters of plain ASCII, no spaces and no fragment": (
        "una URL tiene como máximo {0} caracteres ASCII, sin espacios ni fragmento"
    ),
    "a URL with a user or password is not called": "no se llama a una URL con usuario o contraseña",
    "it cannot be connected to": "no es posible conectarse",
    "its certificate is not accepted: {}": "no se acepta su certificado: {0}",
    "no answer within {} seconds": "no hay respuesta en {0} segundos",
    "nobody said within {} seconds which address {} has": "nadie indicó en {0} segundos qué dirección tiene {1}",
    "port {} belongs to other services; use 443, or one from {} on": (
        "el puerto {0} es de otros servicios; use el 443, o uno desde el {1}"
    ),
    "the URL must begin with https:// and name a host": "la URL debe empezar por https:// e indicar un servidor",
    "the connection broke ({})": "se interrumpió la conexión ({0})",
    "this is no URL": "esto no es una URL",
    (
        "{} has an address that is not public; the operator of this installation allows its network in "
        "MUSTER_PRIVATE_TARGETS"
    ): (
        "{0} tiene una dirección que no es pública; el operador de esta instalación permite su red en "
        "MUSTER_PRIVATE_TARGETS"
    ),
    "{} has no address": "{0} no tiene dirección",
    "DNS answered with a failure ({})": "el DNS respondió con un fallo ({0})",
    "DNS did not answer in time": "el DNS no respondió a tiempo",
    "no DNS server is known here; the operator sets MUSTER_DNS_SERVER": (
        "aquí no se conoce ningún servidor DNS; el operador configura MUSTER_DNS_SERVER"
    ),
    "the DNS server cannot be reached": "no se puede alcanzar el servidor DNS",
    "it was changed, or sealed for something else": "fue modificado, o se selló para otra cosa",
    "it was sealed with the key {}, which MUSTER_SECRET_KEY_PREVIOUS lacks": (
        "se selló con la clave {0}, que falta en MUSTER_SECRET_KEY_PREVIOUS"
    ),
}
PARTS: dict[str, str] = {}
