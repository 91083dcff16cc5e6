"""What the first page of the console says."""

from __future__ import annotations

TEXTS = {
    "overview.title": ("Overview", "Resumen"),
    "overview.people": ("People", "Personas"),
    "overview.groups": ("Groups", "Grupos"),
    "overview.directories": ("Directories", "Directorios"),
    "overview.drafts": ("Drafts of the mapping", "Borradores de asignación"),
    "overview.needs": ("What needs you", "Lo que le necesita"),
    "overview.nobody": ("Nobody waits without a role.", "Nadie espera sin rol."),
    "overview.task.waiting.ask": ("Who waits without a role?", "¿Quién espera sin rol?"),
    "overview.urgent": ("urgent", "urgente"),
    "overview.more": ("and {number} more", "y {number} más"),
    "overview.latest": ("What changed", "Qué ha cambiado"),
    "overview.audit": ("Everything that changed", "Todo lo que ha cambiado"),
    "overview.grew": ("How it grew", "Cómo ha crecido"),
    "overview.since": ("The last {number} days", "Los últimos {number} días"),
    "overview.day": ("Day", "Día"),
    "overview.numbers": ("As numbers", "En números"),
    "overview.people.label": ("From {first} to {last} people", "De {first} a {last} personas"),
    "overview.access": ("Access", "Accesos"),
    "overview.given": ("given", "concedidos"),
    "overview.taken": ("taken", "retirados"),
    "overview.access.label": ("{given} accesses given, {taken} taken", "{given} accesos concedidos, {taken} retirados"),
    "overview.pushed": ("Changes pushed by directories", "Cambios enviados por los directorios"),
    "overview.pushed.label": (
        "{number} changes pushed by directories",
        "{number} cambios enviados por los directorios",
    ),
    "overview.signed_in": ("Sign-ins", "Inicios de sesión"),
    "overview.delegate": (
        "You administer a part of this account. What you may not do is refused, with the reason.",
        "Administra una parte de esta cuenta. Lo que no puede hacer se rechaza, con el motivo.",
    ),
    "overview.task.plans": (
        "{number} plans wait for a second Account Owner",
        "{number} planes esperan a un segundo propietario",
    ),
    "overview.task.proposals": (
        "{number} files of configuration wait for a second Account Owner",
        "{number} ficheros de configuración esperan a un segundo propietario",
    ),
    "overview.task.paused": ("The role mapping is paused", "La asignación de roles está en pausa"),
    "overview.task.waiting": ("{number} people wait without a role", "{number} personas esperan sin rol"),
    "overview.task.requests": ("{number} requests wait for an answer", "{number} peticiones esperan respuesta"),
    "overview.task.directory_closed": (
        "{number} directories have no valid token",
        "{number} directorios no tienen ningún token válido",
    ),
    "overview.task.directory_paused": ("{number} directories are paused", "{number} directorios están en pausa"),
    "overview.task.directory_waiting": (
        "{number} directories wait for their first request",
        "{number} directorios esperan su primera petición",
    ),
    "overview.task.tokens": (
        "{number} directories’ last token ends within 30 days",
        "El último token de {number} directorios caduca en 30 días",
    ),
    "overview.task.keys": ("{number} API keys end within 30 days", "{number} claves de API caducan en 30 días"),
    "overview.task.certificates": (
        "Certificates of {number} connections end within 30 days",
        "Certificados de {number} conexiones caducan en 30 días",
    ),
    "overview.task.connections": ("{number} connections are not complete", "{number} conexiones están incompletas"),
    "overview.task.domains": ("{number} domains are not proven", "{number} dominios sin verificar"),
    "overview.task.webhooks": ("{number} webhooks do not deliver", "{number} webhooks no entregan"),
    "overview.task.plans.one": ("A plan waits for a second Account Owner", "Un plan espera a un segundo propietario"),
    "overview.task.proposals.one": (
        "A file of configuration waits for a second Account Owner",
        "Un fichero de configuración espera a un segundo propietario",
    ),
    "overview.task.requests.one": ("One request waits for an answer", "Una petición espera respuesta"),
    "overview.task.waiting.one": ("One person waits without a role", "Una persona espera sin rol"),
    "overview.task.directory_closed.one": (
        "A directory has no valid token",
        "Un directorio no tiene ningún token válido",
    ),
    "overview.task.directory_paused.one": ("A directory is paused", "Un directorio está en pausa"),
    "overview.task.directory_waiting.one": (
        "A directory waits for its first request",
        "Un directorio espera su primera petición",
    ),
    "overview.task.tokens.one": (
        "A directory’s last token ends within 30 days",
        "El último token de un directorio caduca en 30 días",
    ),
    "overview.task.keys.one": ("An API key ends within 30 days", "Una clave de API caduca en 30 días"),
    "overview.task.certificates.one": (
        "A certificate of a connection ends within 30 days",
        "Un certificado de una conexión caduca en 30 días",
    ),
    "overview.task.connections.one": ("A connection is not complete", "Una conexión está incompleta"),
    "overview.task.domains.one": ("A domain is not proven", "Un dominio está sin verificar"),
    "overview.task.webhooks.one": ("A webhook does not deliver", "Un webhook no entrega"),
}
