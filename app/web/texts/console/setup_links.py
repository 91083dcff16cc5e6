"""What the pages on set-up links say."""

from __future__ import annotations

TEXTS = {
    "links.title": ("Set-up links", "Enlaces de configuración"),
    "links.text": (
        "A link lets somebody without an account here, such as the customer’s IT, set up one thing. Whoever has it can "
        "do what it is for, so send it as you would send a password.",
        "Un enlace permite a alguien sin cuenta aquí, como el departamento de informática del cliente, configurar una "
        "cosa. Quien lo tiene puede hacer aquello para lo que sirve: envíelo como enviaría una contraseña.",
    ),
    "links.count": ("links", "enlaces"),
    "links.search": ("For whom", "Para quién"),
    "links.empty": (
        "No links yet. Make one, and somebody else does the set-up.",
        "Todavía no hay enlaces. Cree uno y otra persona hará la configuración.",
    ),
    "links.column.note": ("For whom", "Para quién"),
    "links.column.purpose": ("What for", "Para qué"),
    "links.column.state": ("State", "Estado"),
    "links.column.done": ("Steps done", "Pasos hechos"),
    "links.column.expires": ("Good until", "Válido hasta"),
    "links.column.last_used": ("Last used", "Último uso"),
    "links.column.created": ("Created", "Creado"),
    "links.column.end": ("Actions", "Acciones"),
    "links.choice.state": ("State", "Estado"),
    "links.choice.purpose": ("What for", "Para qué"),
    "links.state.open": ("good", "válido"),
    "links.state.finished": ("finished", "terminado"),
    "links.state.revoked": ("ended", "retirado"),
    "links.state.expired": ("expired", "caducado"),
    "links.purpose.saml": ("Sign-in by SAML", "Inicio de sesión por SAML"),
    "links.purpose.oidc": ("Sign-in by OpenID Connect", "Inicio de sesión por OpenID Connect"),
    "links.purpose.scim": ("Provisioning by SCIM", "Aprovisionamiento por SCIM"),
    "links.purpose.certificate": ("A new certificate (SAML)", "Un certificado nuevo (SAML)"),
    "links.purpose.domain": ("Proof of an e-mail domain", "Prueba de un dominio de correo"),
    "links.nobody": ("not said", "no se dijo"),
    "links.new": ("New set-up link", "Nuevo enlace de configuración"),
    "links.note.hint": ("The audit trail says so, too.", "El registro de auditoría también lo dice."),
    "links.connection": ("Connection", "Conexión"),
    "links.connection.hint": (
        "For a certificate, or to set up one that is there.",
        "Para un certificado, o para configurar una que ya existe.",
    ),
    "links.directory": ("Directory", "Directorio"),
    "links.directory.hint": ("For provisioning only.", "Solo para el aprovisionamiento."),
    "links.anew": ("a new one", "una nueva"),
    "links.hours": ("Good for (hours)", "Válido durante (horas)"),
    "links.enables": ("May switch the connection on at the end", "Puede activar la conexión al final"),
    "links.enables.hint": (
        "Once a test sign-in has succeeded. Nobody gains a role by it.",
        "Cuando una prueba haya salido bien. Nadie gana un rol por ello.",
    ),
    "links.enables.short": ("may switch on", "puede activar"),
    "links.create": ("Make the link", "Crear el enlace"),
    "links.made": ("The link is made.", "El enlace está creado."),
    "links.address": ("Address to send", "Dirección que enviar"),
    "links.end.title": ("End this link?", "¿Terminar este enlace?"),
    "links.end.who": (
        "{note}: whoever has it sees the page of an ended link from now on.",
        "{note}: quien lo tenga verá desde ahora la página de un enlace terminado.",
    ),
    "links.end.stays": ("What was done with it stays.", "Lo que se hizo con él se conserva."),
    "done.links.ended": ("The link is ended.", "El enlace ha terminado."),
}
