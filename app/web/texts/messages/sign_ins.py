"""What happened to a sign-in."""

from __future__ import annotations

MESSAGES = {
    "somebody else than who is signed in has proved who they are": (
        "quien ha demostrado su identidad no es quien tiene la sesión iniciada"
    ),
    "the account asks for one of {}; the provider says context {}, methods {}": (
        "la cuenta exige uno de {0}; el proveedor indica el contexto {1} y los métodos {2}"
    ),
    "the connection has forgotten links since this sign-in began": (
        "la conexión ha olvidado vínculos desde que empezó este inicio de sesión"
    ),
    "a directory has a person of this name or address, who is switched off": (
        "un directorio tiene a una persona con este nombre o dirección, que está desactivada"
    ),
    "a person who had this externalId, name or address is gone from a directory, or off": (
        "una persona que tenía este externalId, nombre o dirección ya no está en un directorio, o está desactivada"
    ),
    "an e-mail address leads to nobody with a privileged role": (
        "una dirección de correo no lleva a nadie con un rol privilegiado"
    ),
    "externalId is what {} says": "externalId es lo que dice {0}",
    "externalId leads to one person, userName to another": "externalId lleva a una persona y userName a otra",
    "no person here is this subject{}; the connection creates nobody": (
        "ninguna persona es aquí este sujeto{0:t}; la conexión no crea a nadie"
    ),
    "nobody here is this subject, and the connection creates people": (
        "nadie es aquí este sujeto, y la conexión crea personas"
    ),
    "the directory has a person of this name or address, who is somebody else by all that is known": (
        "el directorio tiene a una persona con este nombre o dirección, que por todo lo conocido es otra"
    ),
    "the directory has pushed who was created here": "el directorio ha enviado a quien se creó aquí",
    "the e-mail address is what {} says": "la dirección de correo es la que dice {0}",
    "the e-mail address leads to somebody who has another externalId": (
        "la dirección de correo lleva a alguien que tiene otro externalId"
    ),
    "the person is switched off": "la persona está desactivada",
    "the person who had this subject was deleted": "la persona que tenía este sujeto fue eliminada",
    "the person whom the directory has pushed has another subject": (
        "la persona que el directorio ha enviado tiene otro sujeto"
    ),
    "the subject was linked before ({})": "el sujeto se vinculó antes ({0:t})",
    "userName is what {} says": "userName es lo que dice {0}",
    "userName leads to somebody who has another externalId": "userName lleva a alguien que tiene otro externalId",
    "{} leads to a person who has another subject at this provider": (
        "{0:t} lleva a una persona que tiene otro sujeto en este proveedor"
    ),
    "{} leads to several people": "{0:t} lleva a varias personas",
    "{}, by which people are found, has no single usable value": (
        "{0}, por el que se encuentra a las personas, no tiene un único valor utilizable"
    ),
    "it belongs to no sign-in of this connection that has begun": (
        "no corresponde a ningún inicio de sesión de esta conexión que haya empezado"
    ),
    "its sign-in is too old": "su inicio de sesión es demasiado antiguo",
    "its sign-in was answered before": "su inicio de sesión ya se respondió",
    "this {} was used before": "este {0:t} ya se usó antes",
    "what is known of this sign-in cannot be read any more": (
        "lo que se sabe de este inicio de sesión ya no se puede leer"
    ),
    "no person can be made of these claims: {}": "con estos atributos no se puede crear a ninguna persona: {0:t}",
    "somebody else of the account has the name that this person would get": (
        "otra persona de la cuenta tiene el nombre que recibiría esta"
    ),
    "who was created here is the last Account Owner, and cannot become another person": (
        "quien se creó aquí es el último propietario de la cuenta, y no puede pasar a ser otra persona"
    ),
    "the connection takes no logout by frames": "la conexión no acepta cierres de sesión por marcos",
    "the connection takes no logout token": "la conexión no acepta tokens de cierre de sesión",
    "the logout response has no single RelayState": ("la respuesta de cierre de sesión no tiene un único RelayState"),
    "the query is too long": "la consulta es demasiado larga",
    "the return from signing out has no single state": "la vuelta del cierre de sesión no tiene un único state",
    "the token names nobody as this connection does": (
        "el token no indica a nadie de la forma en que lo hace esta conexión"
    ),
    "another browser began this sign-in": "este inicio de sesión lo empezó otro navegador",
    "no test run waits at this address": "ninguna prueba espera en esta dirección",
    "the connection is not set up completely": "la conexión no está configurada por completo",
    "the connection is switched off, or not set up completely": (
        "la conexión está desactivada, o no está configurada por completo"
    ),
    "the connection takes no SAML response": "la conexión no acepta respuestas SAML",
    "the connection takes no answer of OpenID Connect": "la conexión no acepta respuestas de OpenID Connect",
    "the form does not have exactly one SAMLResponse, and at most one RelayState": (
        "el formulario no tiene exactamente un SAMLResponse y como máximo un RelayState"
    ),
    "the person was not authenticated anew, as was asked for": ("la persona no se autenticó de nuevo, como se pidió"),
    "the response has no RelayState, so it answers no request of ours": (
        "la respuesta no tiene RelayState, así que no responde a ninguna petición nuestra"
    ),
    "what the provider says cannot be stored: {}": "no se puede guardar lo que dice el proveedor: {0:t}",
    "the provider's clock agrees with ours": "el reloj del proveedor coincide con el nuestro",
    "the provider's clock is {} s {} ours": "el reloj del proveedor va {0} s {1:t} nuestro",
    "there is no trace {} here, or no longer": "no existe aquí la traza {0}, o ya no",
    "traces tell who signed in and how; only an Account Owner reads them": (
        "las trazas dicen quién inició sesión y cómo; solo las lee un propietario de la cuenta"
    ),
    "a claim's name has 1 to {} printable characters": (
        "el nombre de un atributo del inicio de sesión tiene de 1 a {0} caracteres imprimibles"
    ),
    "has the character U+{}, which is not shown as it is": ("tiene el carácter U+{0}, que no se muestra tal como es"),
    "has {} values; which of them counts would be a guess": ("tiene {0} valores; decidir cuál cuenta sería adivinar"),
    "is empty": "está vacío",
    "is longer than {} characters": "tiene más de {0} caracteres",
    "is no e-mail address": "no es una dirección de correo",
    "is no field; there are {}": "no es un campo; existen {0}",
    "must name a claim, or a list of at most {}": (
        "debe indicar un atributo del inicio de sesión, o una lista de {0} como máximo"
    ),
    "no claim is mapped to it": "no tiene asignado ningún atributo del inicio de sesión",
    "none of its claims is there": "no está ninguno de sus atributos",
}
PARTS = {
    "the e-mail address": "la dirección de correo",
    "{} (looked for: {})": "{0:t} (se buscó: {1:t})",
    "{} by {}": "{0} con {1}",
    "ahead of": "por delante del",
    "behind": "por detrás del",
}
