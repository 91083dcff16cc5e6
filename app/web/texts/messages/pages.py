"""What pages themselves refuse."""

from __future__ import annotations

MESSAGES = {
    "nothing is called {}": "nada se llama {0}",
    "{} has no token {}": "{0} no tiene el token {1}",
    "nobody of this id is gone and owns items": "nadie con este id se ha ido y posee elementos",
    "this draft has no rule {}": "este borrador no tiene la regla {0}",
    "there is no revision {}": "no existe la revisión {0}",
    "there is no assignment of this id to this person": "esta persona no tiene ninguna asignación con este id",
    "this identity is another person's": "esta identidad es de otra persona",
    "this session is over already": "esta sesión ya ha terminado",
    "{} is no moment": "{0} no es un momento",
    "there is no such list": "no existe esa lista",
    "there is no API key {} in this account": "no existe la clave de API {0} en esta cuenta",
    "choose a file, or paste the certificate": "elija un archivo, o pegue el certificado",
    "choose the identity provider first": "elija antes el proveedor de identidad",
    "give the metadata in one of the three ways": "dé los metadatos de una de las tres formas",
    "issuer and client id are both needed": "hacen falta el emisor y el id de cliente",
    "name the domain first": "indique antes el dominio",
    "there is a step that was not done yet": "hay un paso que aún no se ha hecho",
    "this is not complete yet; it lacks: {}": "aún no está completo; falta: {0}",
    "this link has issued {} tokens already": "este enlace ya ha emitido {0} tokens",
    "choose one of the identity providers": "elija uno de los proveedores de identidad",
    "something was verified with this provider already": "ya se ha verificado algo con este proveedor",
    (
        "people sign in by {} already, and this link may not change how; ask whoever sent it to switch the "
        "connection off first, or for a link that may switch it on. A new certificate alone may be added, and waits "
        "until they confirm it"
    ): (
        "ya hay personas que inician sesión por {0}, y este enlace no puede cambiar cómo; pida a quien lo envió que "
        "desactive antes la conexión, o un enlace que pueda activarla. Solo se puede añadir un certificado nuevo, "
        "que espera hasta que lo confirmen"
    ),
    "this connection is gone": "esta conexión ya no existe",
    "{} is not a moment in UTC": "{0} no es un momento en UTC",
}
PARTS: dict[str, str] = {}
