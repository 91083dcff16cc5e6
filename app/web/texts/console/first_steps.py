"""What the first steps of an account say."""

from __future__ import annotations

TEXTS = {
    "first.title": ("First steps", "Primeros pasos"),
    "first.text": (
        "From an empty account to the first person who signs in. Each step can be done later, and in another order.",
        "De una cuenta vacía a la primera persona que inicia sesión. Cada paso puede darse después y en otro orden.",
    ),
    "first.progress": ("{done} of {all} steps done", "{done} de {all} pasos dados"),
    "first.done": ("done", "hecho"),
    "first.all": (
        "All steps are done. Muster runs by itself now.",
        "Todos los pasos están dados. Muster ya funciona solo.",
    ),
    "first.factor": ("Protect your own sign-in", "Proteja su propio inicio de sesión"),
    "first.factor.text": (
        "You can do everything here, so a password alone is not enough: add an app or a passkey.",
        "Usted puede hacerlo todo aquí, así que no basta una contraseña: añada una aplicación o una llave de acceso.",
    ),
    "first.factor.go": ("Add a second factor", "Añadir un segundo factor"),
    "first.directory": ("Connect a directory", "Conecte un directorio"),
    "first.directory.text": (
        "Your identity provider pushes people and groups into it. You are shown what to enter there.",
        "Su proveedor de identidad envía a él personas y grupos. Se le muestra qué debe introducir allí.",
    ),
    "first.directory.go": ("Connect a directory", "Conectar un directorio"),
    "first.request": ("The first request", "La primera petición"),
    "first.request.text": (
        "Enter address and token at your identity provider, and press its button to test the connection.",
        "Introduzca la dirección y el token en su proveedor de identidad y pulse su botón para probar la conexión.",
    ),
    "first.request.waits": ("Waiting for the first request …", "Esperando la primera petición …"),
    "first.request.go": ("Show what to enter", "Ver qué introducir"),
    "first.person": ("The first person", "La primera persona"),
    "first.person.text": (
        "Assign somebody to the application at your identity provider; they are pushed here then.",
        "Asigne a alguien a la aplicación en su proveedor de identidad; entonces llegará aquí.",
    ),
    "first.person.waits": (
        "The identity provider talks to us. Waiting for the first person …",
        "El proveedor de identidad ya habla con nosotros. Esperando a la primera persona …",
    ),
    "first.person.go": ("Show the directory", "Ver el directorio"),
    "first.mapping": ("Say which groups give which roles", "Diga qué grupos dan qué roles"),
    "first.mapping.text": (
        "People arrive with no role at all. A rule gives a group’s members a role, after you have seen its effect.",
        "Las personas llegan sin ningún rol. Una regla da un rol a los miembros de un grupo, después de ver su efecto.",
    ),
    "first.mapping.go": ("Make the first rule", "Crear la primera regla"),
    "first.connection": ("Let people sign in", "Permita que inicien sesión"),
    "first.connection.text": (
        "A connection by SAML or OpenID Connect leads people to your identity provider and back.",
        "Una conexión por SAML u OpenID Connect lleva a las personas a su proveedor de identidad y de vuelta.",
    ),
    "first.connection.waits": (
        "There is a connection that is not switched on yet.",
        "Hay una conexión que aún no está activada.",
    ),
    "first.connection.on": ("Go on with the connection", "Continuar con la conexión"),
    "first.connection.go": ("Make a connection", "Crear una conexión"),
    "first.sign_in": ("The first sign-in", "El primer inicio de sesión"),
    "first.sign_in.text": (
        "Give this address to somebody who was pushed. To see first what the identity provider says of them, try the "
        "connection out: that changes nothing.",
        "Dé esta dirección a alguien que haya llegado. Para ver antes qué dice de esa persona su proveedor, pruebe la "
        "conexión: eso no cambia nada.",
    ),
    "first.sign_in.waits": ("Waiting for the first sign-in …", "Esperando el primer inicio de sesión …"),
    "first.sign_in.address": ("Where people sign in", "Dónde inician sesión las personas"),
    "first.sign_in.go": ("Try the connection out", "Probar la conexión"),
    "first.back": ("First steps: what comes next", "Primeros pasos: qué sigue"),
    "first.begun": ("{done} of {all} first steps are done", "{done} de {all} primeros pasos dados"),
}
