"""What the pages on trying a connection out say."""

from __future__ import annotations

TEXTS = {
    "connections.test.title": ("A sign-in that signs nobody in", "Un inicio de sesión que no abre ninguna sesión"),
    "connections.test.text": (
        "It works on connections that are off, too. Nobody is created, linked or signed in, and nothing is changed.",
        "Funciona también con conexiones desactivadas. No se crea, vincula ni da acceso a nadie, y nada cambia.",
    ),
    "connections.test.go": ("Begin a test", "Empezar una prueba"),
    "connections.test.latest": ("The latest tests", "Las últimas pruebas"),
    "connections.test.none": ("None yet.", "Todavía ninguna."),
    "connections.test.passed": ("passed", "correcta"),
    "connections.test.refused": ("refused", "rechazada"),
    "connections.test.open": ("Open this address", "Abra esta dirección"),
    "connections.test.open.text": (
        "It is good once, for ten minutes, in any browser: here, in a private window, or on somebody else’s computer.",
        "Vale una vez, durante diez minutos, en cualquier navegador: aquí, en una ventana privada o en otro ordenador.",
    ),
    "connections.test.address": ("Address of the test", "Dirección de la prueba"),
    "connections.test.here": ("Open it in a new tab", "Abrir en otra pestaña"),
    "connections.result.title": ("What came of it", "Resultado"),
    "connections.result.waiting": ("waiting for somebody to open the address", "espera que alguien abra la dirección"),
    "connections.result.opened": ("opened; somebody is signing in at the provider", "abierta; alguien está entrando"),
    "connections.result.expired": ("nobody opened it in time", "nadie la abrió a tiempo"),
    "connections.result.passed": ("everything is right", "todo está bien"),
    "connections.result.refused": ("refused", "rechazada"),
    "connections.result.person": (
        "the provider’s answer is right, but this person may not sign in here",
        "la respuesta del proveedor es correcta, pero esta persona no puede entrar aquí",
    ),
    "connections.result.look": (
        "This page looks again by itself, ever more seldom.",
        "Esta página se actualiza sola, cada vez con menos frecuencia.",
    ),
    "connections.result.again": ("Look now", "Mirar ahora"),
    "connections.result.profile": ("The profile", "El perfil"),
    "connections.result.gives": ("Who it is, and what they would have", "Quién es y qué tendría"),
    "connections.result.is": ("It is recognised as", "Se reconoce como"),
    "connections.result.new": ("Somebody new: they would be created.", "Alguien nuevo: se crearía."),
    "connections.result.nothing": ("No rule gives them a role.", "Ninguna regla le da un rol."),
    "connections.result.noforecast": (
        "Nobody would sign in, so nobody would have anything.",
        "Nadie entraría, así que nadie tendría nada.",
    ),
}
