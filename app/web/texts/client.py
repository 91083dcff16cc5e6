"""What stands where an application of the platform sends somebody to us, to sign in or out."""

from __future__ import annotations

TEXTS = {
    "client.other.title": ("Sign in as somebody else?", "¿Iniciar sesión con otra cuenta?"),
    "client.other.text": (
        "You are signed in as {name}. The application that sent you here is for another organisation or person.",
        "Ha iniciado sesión como {name}. La aplicación que le ha enviado aquí es de otra organización o persona.",
    ),
    "client.other.go": ("Sign out and use another account", "Cerrar sesión y usar otra cuenta"),
    "client.out.title": ("Sign out?", "¿Cerrar sesión?"),
    "client.out.text": (
        "You are signed in as {name}. Signing out ends it in all applications that you opened from here.",
        "Ha iniciado sesión como {name}. Al cerrarla, terminará en todas las aplicaciones que abrió desde aquí.",
    ),
    "client.out.go": ("Sign out", "Cerrar sesión"),
    "client.out.stay": ("Stay signed in", "Seguir con la sesión"),
}
