"""What pages on directories, connections and settings have in common."""

from __future__ import annotations

TEXTS = {
    "trust.once": (
        "It is shown this once. Copy it now: only its hash is kept, and nobody can show it again.",
        "Solo se muestra esta vez. Cópielo ahora: solo se guarda su hash y nadie podrá volver a mostrarlo.",
    ),
    "trust.never": ("never", "nunca"),
    "trust.noend": ("no end", "sin fin"),
    "trust.ended": ("ended", "terminado"),
    "trust.days": ("{n} days left", "quedan {n} días"),
    "trust.back": ("Back", "Volver"),
    "trust.name": ("Name", "Nombre"),
    "trust.prefix": ("Begins with", "Empieza por"),
    "trust.state": ("State", "Estado"),
    "trust.used": ("Last used", "Último uso"),
    "trust.ends": ("Ends", "Termina"),
    "trust.by": ("Issued by", "Emitido por"),
    "trust.deeds": ("Actions", "Acciones"),
    "trust.end": ("End it", "Terminar"),
    "trust.state.valid": ("valid", "válido"),
    "trust.state.revoked": ("ended", "terminado"),
    "trust.state.expired": ("expired", "caducado"),
    "trust.issue.name": ("Name", "Nombre"),
    "trust.issue.name.hint": (
        "By which you will recognise it later, such as where it is kept",
        "Para reconocerlo más tarde, por ejemplo dónde se guarda",
    ),
    "trust.issue.name.missing": ("Give it a name.", "Póngale un nombre."),
    "trust.issue.days": ("Good for", "Válido durante"),
    "trust.issue.days.some": ("{n} days", "{n} días"),
    "trust.range": ("From {least} to {most}.", "De {least} a {most}."),
    "trust.choose": ("Choose one of these.", "Elija uno de estos."),
    "trust.number": ("This must be a number within the limits.", "Debe ser un número dentro de los límites."),
    "trust.token.end.title": ("End {name}?", "¿Terminar {name}?"),
    "trust.token.used": ("It was last used on {at}.", "Se usó por última vez el {at}."),
    "trust.token.unused": ("It was never used.", "Nunca se ha usado."),
    "done.trust.ended": (
        "It counts no more, from this moment on.",
        "Ha dejado de valer desde este momento.",
    ),
    "done.trust.saved": ("Saved.", "Guardado."),
}
