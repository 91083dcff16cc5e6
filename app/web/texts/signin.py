"""What stands where somebody says which organisation they belong to."""

from __future__ import annotations

TEXTS = {
    "signin.title": ("Sign in", "Iniciar sesión"),
    "signin.intro": (
        "Enter your work e-mail. Your organisation’s own sign-in does the rest.",
        "Introduzca su correo de trabajo. El inicio de sesión de su organización hará el resto.",
    ),
    "signin.email": ("Work e-mail", "Correo de trabajo"),
    "signin.email.hint": ("For example name@company.com", "Por ejemplo nombre@empresa.com"),
    "signin.email.wrong": (
        "Enter an e-mail address, such as name@company.com.",
        "Introduzca una dirección de correo, como nombre@empresa.com.",
    ),
    "signin.email.unknown": (
        "We know no sign-in for this address. Check that it is your work e-mail, or ask your administrator for the "
        "link to your organisation’s sign-in.",
        "No conocemos ningún inicio de sesión para esta dirección. Compruebe que es su correo de trabajo o pida a su "
        "administrador el enlace al inicio de sesión de su organización.",
    ),
    "signin.again.title": ("Welcome back", "Nos alegra verle de nuevo"),
    "signin.again.text": ("This browser last signed in with", "Este navegador inició sesión por última vez con"),
    "signin.again.go": ("Continue with {name}", "Continuar con {name}"),
    "signin.again.other": ("Use another way", "Usar otra forma"),
    "signin.local": ("Sign in without your organisation", "Iniciar sesión sin su organización"),
    "signin.local.hint": (
        "For administrators with a password of their own, if their organisation’s sign-in fails.",
        "Para administradores con contraseña propia, si falla el inicio de sesión de su organización.",
    ),
    "signin.over.title": ("You are signed out", "Ha cerrado la sesión"),
    "signin.over.text": (
        "Your session has ended. On a shared computer, close the browser window, too.",
        "Su sesión ha terminado. En un equipo compartido, cierre también la ventana del navegador.",
    ),
}
