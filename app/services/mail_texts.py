"""What mails say, in English and Spanish. Plain text: whatever a name contains, it is only read."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "es")
_MOST = 200

TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "activate": {
        "en": (
            "Your sign-in to {account}",
            "You may sign in to {account} as {user_name}, also when the identity provider does not work.\n\n"
            "Choose your password within 72 hours:\n{link}\n\n"
            "The link works once. What you had before, a password or a second factor, ends when you use it.",
        ),
        "es": (
            "Su acceso a {account}",
            "Puede iniciar sesión en {account} como {user_name}, también cuando no funcione el proveedor de "
            "identidad.\n\nElija su contraseña en las próximas 72 horas:\n{link}\n\n"
            "El enlace sirve una sola vez. Al usarlo dejan de valer la contraseña y el segundo factor anteriores.",
        ),
    },
    "reset": {
        "en": (
            "Your password for {account}",
            "Somebody, most likely you, asked for another password for {user_name} in {account}.\n\n"
            "Choose it within an hour:\n{link}\n\n"
            "The link works once, and your second factor is asked for as usual. If it was not you, do nothing.",
        ),
        "es": (
            "Su contraseña de {account}",
            "Alguien, seguramente usted, ha pedido otra contraseña para {user_name} en {account}.\n\n"
            "Elíjala en la próxima hora:\n{link}\n\n"
            "El enlace sirve una sola vez y se le pedirá el segundo factor como siempre. Si no ha sido usted, no haga "
            "nada.",
        ),
    },
    "opened": {
        "en": (
            "{user_name} used the local door of {account}",
            "{user_name} signed in to {account} at {at} without the identity provider, from {address}, with "
            "{methods}.\n\nThe local door is meant for emergencies and for trying it out. If nobody knows why it was "
            "used, end that person's sessions and ask them.",
        ),
        "es": (
            "{user_name} ha usado la puerta local de {account}",
            "{user_name} ha iniciado sesión en {account} el {at} sin el proveedor de identidad, desde {address}, con "
            "{methods}.\n\nLa puerta local es para emergencias y para probarla. Si nadie sabe por qué se ha usado, "
            "cierre las sesiones de esa persona y pregúntele.",
        ),
    },
    "locked": {
        "en": (
            "Somebody tries your password for {account}",
            "The password of {user_name} in {account} was wrong several times in a row, the last time at {at} from "
            "{address}. It lets nobody in for a while, longer each time it goes on.\n\nIf it was not you, nobody has "
            "come in. You still can: with a passkey, or in a browser in which you came in by the local door before.",
        ),
        "es": (
            "Alguien prueba su contraseña de {account}",
            "La contraseña de {user_name} en {account} ha fallado varias veces seguidas, la última el {at} desde "
            "{address}. Durante un rato no deja entrar a nadie, más tiempo cada vez que se repite.\n\nSi no ha sido "
            "usted, nadie ha entrado. Usted sí puede: con una llave de acceso, o en un navegador en el que ya entró "
            "por la puerta local.",
        ),
    },
    "recovered": {
        "en": (
            "The local door of {account} was opened by the operator",
            "The operator of the server made a new activation link for {user_name} in {account} at {at}. Signing in "
            "by the identity provider is not required any more until an Account Owner requires it again.",
        ),
        "es": (
            "El operador ha abierto la puerta local de {account}",
            "El operador del servidor ha creado el {at} un nuevo enlace de activación para {user_name} en {account}. "
            "El inicio de sesión con el proveedor de identidad deja de ser obligatorio hasta que un propietario de la "
            "cuenta lo exija de nuevo.",
        ),
    },
    "changed": {
        "en": (
            "Your sign-in to {account} was changed",
            "For {user_name} in {account}: {what}, at {at}.\n\nIf it was not you, tell another Account Owner at once.",
        ),
        "es": (
            "Se ha cambiado su acceso a {account}",
            "Para {user_name} en {account}: {what}, el {at}.\n\n"
            "Si no ha sido usted, avise de inmediato a otro propietario de la cuenta.",
        ),
    },
}
"""By kind and language: the subject and the text."""
WORDS = {
    "password": {"en": "password", "es": "contraseña"},
    "totp": {"en": "authenticator app", "es": "aplicación de autenticación"},
    "passkey": {"en": "passkey", "es": "llave de acceso"},
    "recovery codes": {"en": "recovery codes", "es": "códigos de recuperación"},
}
"""What was changed of how somebody signs in."""


def written(kind: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail; each value is one printable line of limited length."""
    subject, body = TEXTS[kind][language]
    said = {name: value if name in ("link", "url") else _line(value) for name, value in values.items()}
    if "what" in said:
        said["what"] = WORDS.get(said["what"], {}).get(language, said["what"])
    return _line(subject.format(**said)), f"{body.format(**said)}\n\n-- \nMuster, {said['url']}\n"


def _line(text: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _MOST else line[:_MOST] + "…"
