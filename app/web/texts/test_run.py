"""The page at the end of a test run of a connection."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "test_run.title": ("Test run", "Prueba"),
    "test_run.passed": ("The test sign-in worked", "El inicio de sesión de prueba ha funcionado"),
    "test_run.failed": ("The test sign-in failed", "El inicio de sesión de prueba ha fallado"),
    "test_run.person": (
        "Your provider’s answer is right, but you are not known here, or may not sign in",
        "La respuesta de su proveedor es correcta, pero aquí no le conocemos o no puede iniciar sesión",
    ),
    "test_run.back": ("Back to the set-up", "Volver a la configuración"),
    "test_run.text": (
        "Nobody was signed in by it, and nothing was changed. All details are with the connection's test runs, where "
        "you began it; this window can be closed.",
        "Nadie ha iniciado sesión con ella y no se ha cambiado nada. Los detalles están en las pruebas de la conexión, "
        "donde la empezó; puede cerrar esta ventana.",
    ),
    "test_run.reference": ("Test run", "Prueba"),
}
