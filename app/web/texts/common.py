"""What stands on every page."""

from __future__ import annotations

TEXTS = {
    "page.skip": ("Skip to content", "Ir al contenido"),
    "page.language": ("Language", "Idioma"),
    "page.error": ("Error: ", "Error: "),
    "page.signed_in": ("Signed in as {name}", "Sesión de {name}"),
    "page.signout": ("Sign out", "Cerrar sesión"),
    "page.own": ("Your access", "Su acceso"),
    "page.continue": ("Continue", "Continuar"),
    "page.back": ("Back", "Volver"),
    "leave.title": ("One moment", "Un momento"),
    "leave.text": (
        "We are taking you to your organisation’s sign-in.",
        "Le llevamos al inicio de sesión de su organización.",
    ),
    "leave.bye": (
        "You are signed out here. We are taking you on, so that your organisation signs you out, too.",
        "Aquí ya se ha cerrado su sesión. Le llevamos a su organización para cerrarla también allí.",
    ),
    "leave.handover": ("We are taking you back to the application.", "Le llevamos de vuelta a la aplicación."),
    "leave.go": ("Continue now", "Continuar ahora"),
    "prove.title": ("Please confirm that it is you", "Confirme que es usted"),
    "prove.text": (
        "What you are about to do is hard to undo, so it needs a recent sign-in: one of the last {minutes} "
        "minutes. You are led back to this page afterwards.",
        "Lo que va a hacer es difícil de deshacer y requiere haber iniciado sesión en los últimos {minutes} minutos. "
        "Después volverá a esta página.",
    ),
    "prove.held": (
        "What you have just sent was not done. It is kept meanwhile, and you can send it once you are back.",
        "Lo que acaba de enviar no se ha hecho. Se conserva entretanto y podrá enviarlo cuando vuelva.",
    ),
    "held.text": (
        "What you had sent was not done yet. Please look at it once more, and send it again. Passwords, codes and "
        "files have to be entered anew.",
        "Lo que había enviado aún no se ha hecho. Revíselo y envíelo de nuevo. Las contraseñas, los códigos y los "
        "archivos se deben introducir otra vez.",
    ),
    "prove.go": ("Sign in again", "Iniciar sesión de nuevo"),
}
