"""What the beginning of an installation says."""

from __future__ import annotations

TEXTS = {
    "begin.title": ("Welcome to Muster", "Bienvenido a Muster"),
    "begin.text": (
        "Nobody is here yet. You make the first account and own it; then you choose how you sign in.",
        "Todavía no hay nadie. Usted crea la primera cuenta y es su propietario; después elige cómo iniciar sesión.",
    ),
    "begin.account": ("Organisation", "Organización"),
    "begin.account.hint": ("The name of the account; it can be changed.", "El nombre de la cuenta; se puede cambiar."),
    "begin.profile": ("What your platform is like", "Cómo es su plataforma"),
    "begin.name": ("Your name", "Su nombre"),
    "begin.name.hint": ("As others will see it.", "Tal como lo verán los demás."),
    "begin.user_name": ("Your e-mail address", "Su dirección de correo"),
    "begin.user_name.hint": ("It is your user name, too.", "También es su nombre de usuario."),
    "begin.choose": ("Please choose one of these.", "Elija una de estas opciones."),
    "begin.length": (
        "Please fill this in, with at most 200 characters.",
        "Rellene este campo, con 200 caracteres como máximo.",
    ),
}
