"""What somebody reads about themselves: who they are here, what they may do and why, where they are signed in."""

from __future__ import annotations

TEXTS = {
    "me.title": ("Your access", "Su acceso"),
    "me.hello": ("Hello, {name}", "Hola, {name}"),
    "me.account": ("Organisation", "Organización"),
    "me.user_name": ("User name", "Nombre de usuario"),
    "me.how": ("Signed in with", "Ha iniciado sesión con"),
    "me.when": ("Since", "Desde"),
    "me.local": ("your password here", "su contraseña de aquí"),
    "me.roles": ("What you may do", "Lo que puede hacer"),
    "me.roles.where": ("in {unit}", "en {unit}"),
    "me.roles.below": ("in {unit} and below", "en {unit} y por debajo"),
    "me.roles.everywhere": ("everywhere", "en todas partes"),
    "me.roles.until": ("until {at}", "hasta el {at}"),
    "me.roles.from": ("from {at}", "desde el {at}"),
    "me.why": ("Why", "Por qué"),
    "me.why.mapping": (
        "Because you are in the group {group}; the rule “{rule}” gives the role.",
        "Porque está en el grupo {group}; la regla «{rule}» da el rol.",
    ),
    "me.why.rule": ("By the rule “{rule}”.", "Por la regla «{rule}»."),
    "me.why.manual": ("Given to you by {by}.", "Se lo ha dado {by}."),
    "me.why.manual.reason": ("Given to you by {by}: {reason}", "Se lo ha dado {by}: {reason}"),
    "me.why.default": ("Everybody new gets it.", "Lo recibe toda persona nueva."),
    "me.why.somebody": ("your administrators", "sus administradores"),
    "me.why.group": ("Through the group {group}.", "Por el grupo {group}."),
    "me.why.unit": ("Everybody who works in {unit} has it.", "Lo tiene quien trabaja en {unit}."),
    "me.individual": ("Permissions of your own", "Permisos propios"),
    "me.individual.allow": ("allowed", "permitido"),
    "me.individual.deny": ("denied", "denegado"),
    "me.waiting.title": ("You are signed in, and nearly there", "Ha iniciado sesión y ya casi está"),
    "me.waiting.text": (
        "Your sign-in works. You have no role yet, so there is nothing that you could do here. That is how it starts "
        "for everybody: somebody in your organisation says what your work needs.",
        "Su inicio de sesión funciona. Todavía no tiene ningún rol, así que aún no puede hacer nada aquí. Así empieza "
        "todo el mundo: alguien de su organización indica lo que necesita su trabajo.",
    ),
    "me.waiting.ask": ("Whom to ask", "A quién pedirlo"),
    "me.waiting.owners": (
        "These people can give you access. Tell them your user name, {user_name}, and what you need it for.",
        "Estas personas pueden darle acceso. Indíqueles su nombre de usuario, {user_name}, y para qué lo necesita.",
    ),
    "me.waiting.nobody": (
        "Ask your organisation’s administrator. Tell them your user name, {user_name}, and what you need it for.",
        "Pídalo al administrador de su organización. Indíquele su nombre de usuario, {user_name}, y para qué lo "
        "necesita.",
    ),
    "me.waiting.groups": ("Groups that we see you in", "Grupos en los que le vemos"),
    "me.waiting.no_groups": ("We see you in no group.", "No le vemos en ningún grupo."),
    "me.sessions": ("Where you are signed in", "Dónde tiene la sesión iniciada"),
    "me.sessions.text": (
        "If you do not know one of these, end it and tell your administrator.",
        "Si no reconoce alguna, ciérrela y avise a su administrador.",
    ),
    "me.sessions.this": ("This browser", "Este navegador"),
    "me.sessions.unknown": ("Unknown browser", "Navegador desconocido"),
    "me.sessions.of": ("{browser} on {system}", "{browser} en {system}"),
    "me.sessions.seen": ("Last used {at}", "Último uso: {at}"),
    "me.sessions.since": ("signed in {at}", "iniciada: {at}"),
    "me.sessions.from": ("from {address}", "desde {address}"),
    "me.sessions.until": ("ends by {at}", "termina antes de: {at}"),
    "me.sessions.end": ("End", "Cerrar"),
    "me.sessions.end.which": ("End the session of {browser}, last used {at}", "Cerrar la sesión de {browser}, {at}"),
    "me.sessions.end_others": ("End all others", "Cerrar todas las demás"),
    "me.security": ("Your password, passkeys and recovery codes", "Su contraseña, llaves de acceso y códigos"),
    "me.sessions.ended": ("That session has ended.", "Esa sesión se ha cerrado."),
    "me.sessions.ended_others": ("All other sessions have ended.", "Todas las demás sesiones se han cerrado."),
    "me.sessions.gone": ("That session had ended already.", "Esa sesión ya se había cerrado."),
}
