"""What the pages on directories say."""

from __future__ import annotations

TEXTS = {
    "directories.title": ("Directories", "Directorios"),
    "directories.count": ("directories", "directorios"),
    "directories.search": ("Name", "Nombre"),
    "directories.empty": (
        "No directory yet. Connect one, and your identity provider pushes people and groups.",
        "Todavía no hay directorios. Conecte uno y su proveedor de identidad enviará personas y grupos.",
    ),
    "directories.column.name": ("Name", "Nombre"),
    "directories.column.provider": ("Identity provider", "Proveedor de identidad"),
    "directories.column.state": ("State", "Estado"),
    "directories.column.people": ("People", "Personas"),
    "directories.column.groups": ("Groups", "Grupos"),
    "directories.column.last_request": ("Last request", "Última petición"),
    "directories.column.tokens": ("Tokens", "Tokens"),
    "directories.column.created": ("Created", "Creado"),
    "directories.choice.state": ("State", "Estado"),
    "directories.state.working": ("working", "en marcha"),
    "directories.state.waiting": ("waiting for the first request", "espera la primera petición"),
    "directories.state.closed": ("no valid token", "sin token válido"),
    "directories.state.paused": ("paused", "en pausa"),
    "directories.state.own": ("the account’s own", "propio de la cuenta"),
    "directories.state.claims": ("groups named by sign-ins", "grupos nombrados al entrar"),
    "directories.new": ("Connect a directory", "Conectar un directorio"),
    "directories.new.text": (
        "Choose who pushes people and groups. It decides which steps you are shown; every directory understands every "
        "provider.",
        "Elija quién envía personas y grupos. De ello dependen los pasos que se muestran; cada directorio entiende a "
        "todos los proveedores.",
    ),
    "directories.name.hint": (
        "Left empty: the provider’s name. It tells apart several directories.",
        "Vacío: el nombre del proveedor. Distingue varios directorios.",
    ),
    "directories.preset.missing": ("Choose one of the providers.", "Elija uno de los proveedores."),
    "directories.create": ("Make the directory", "Crear el directorio"),
    "done.directories.created": (
        "The directory is there. Now issue a token, and enter both values at your identity provider.",
        "El directorio está listo. Ahora emita un token e introduzca ambos valores en su proveedor de identidad.",
    ),
    "directories.own.text": (
        "People made by hand and those created at a sign-in are here. Nothing is pushed into it, so no identity "
        "provider can take them away.",
        "Aquí están las personas creadas a mano o al iniciar sesión. Nadie envía nada aquí, así que ningún proveedor "
        "de identidad puede quitarlas.",
    ),
    "directories.claims.text": (
        "Groups appear here that a connection’s sign-ins name. Nothing is pushed into it.",
        "Aquí aparecen los grupos que nombran los inicios de sesión de una conexión. Nadie envía nada aquí.",
    ),
    "directories.enter": ("At the identity provider", "En el proveedor de identidad"),
    "directories.arrival": ("Requests", "Peticiones"),
    "directories.seen": ("The last request came on", "La última petición llegó el"),
    "directories.closed.text": (
        "There is no valid token, so nothing can arrive. Issue one below.",
        "No hay ningún token válido, así que no puede llegar nada. Emita uno más abajo.",
    ),
    "directories.orphans": ("Rules whose group is gone", "Reglas cuyo grupo ya no está"),
    "directories.orphans.text": (
        "These groups were deleted at the provider; their rules give nothing until you bind them to a group again.",
        "Estos grupos se eliminaron en el proveedor; sus reglas no dan nada hasta que las vincule a otro grupo.",
    ),
    "directories.tokens": ("Tokens", "Tokens"),
    "directories.valid": ("Valid tokens", "Tokens válidos"),
    "directories.token.new": ("Issue a token", "Emitir un token"),
    "directories.token.issue": ("Issue it", "Emitirlo"),
    "directories.token.issued": ("The new token", "El nuevo token"),
    "directories.token.text": (
        "To replace a token: issue another one, enter it at the provider, see the next request come, and end the old "
        "one. Both count meanwhile.",
        "Para cambiar un token: emita otro, introdúzcalo en el proveedor, espere la siguiente petición y termine el "
        "antiguo. Mientras tanto valen los dos.",
    ),
    "directories.token.end.left": (
        "The other valid tokens of this directory ({n}) go on.",
        "Siguen valiendo los demás tokens de este directorio ({n}).",
    ),
    "directories.token.end.last": (
        "It is the last valid one: nothing that the provider sends is accepted afterwards. Nobody loses anything by "
        "it, but leavers stay until there is another token.",
        "Es el último válido: después no se aceptará nada de lo que envíe el proveedor. Nadie pierde nada, pero quien "
        "deje la empresa seguirá aquí hasta que haya otro token.",
    ),
    "directories.requests": ("The latest requests", "Las últimas peticiones"),
    "directories.requests.none": (
        "None yet. They appear here some seconds after they were answered; the last 100 are kept.",
        "Aún no hay. Aparecen aquí unos segundos después de responderse; se guardan las 100 últimas.",
    ),
    "directories.request.at": ("When", "Cuándo"),
    "directories.request.what": ("Request", "Petición"),
    "directories.request.status": ("Answer", "Respuesta"),
    "directories.request.came": ("What came of it", "Resultado"),
    "directories.request.done": ("done in {ms} ms", "hecho en {ms} ms"),
    "directories.repairs": ("What it accepts of its provider", "Qué acepta de su proveedor"),
    "directories.repairs.text": (
        "Providers leave the standard in their own ways. What is ticked is repaired; the rest is refused, with words "
        "that say what was wrong. No repair makes a standard request mean something else.",
        "Cada proveedor se aparta del estándar a su manera. Lo marcado se arregla; lo demás se rechaza diciendo qué "
        "estaba mal. Ningún arreglo cambia el sentido de una petición estándar.",
    ),
    "directories.repairs.usual": ("usual here", "habitual aquí"),
    "directories.names": ("Two groups may have one name", "Dos grupos pueden tener el mismo nombre"),
    "directories.names.hint": (
        "Otherwise the second one is refused (409), as usual providers expect.",
        "Si no, el segundo se rechaza (409), como esperan los proveedores habituales.",
    ),
    "directories.rate": ("Most requests a minute", "Máximo de peticiones por minuto"),
    "directories.rate.hint": (
        "For each worker process; more are asked to come again (429). Empty: as usual here, 0: no limit.",
        "Por cada proceso; a las demás se les pide volver (429). Vacío: lo habitual aquí, 0: sin límite.",
    ),
    "directories.pause": ("Pause it", "Pausar"),
    "directories.resume": ("Let it go on", "Reanudar"),
    "directories.pause.title": ("Pause {name}?", "¿Pausar {name}?"),
    "directories.pause.fact.waits": (
        "{provider} is answered “busy, come again in an hour” (503). Usual providers try again by themselves.",
        "A {provider} se le responde «ocupado, vuelva en una hora» (503). Los proveedores habituales lo reintentan "
        "solos.",
    ),
    "directories.pause.fact.keeps": (
        "Its people ({people}) and groups ({groups}) stay as they are, with all that they may do.",
        "Sus personas ({people}) y grupos ({groups}) siguen como están, con todo lo que pueden hacer.",
    ),
    "directories.pause.fact.leavers": (
        "Who leaves meanwhile keeps their access until you let it go on.",
        "Quien se marche entretanto conserva su acceso hasta que lo reanude.",
    ),
    "directories.paused.since": ("Paused since", "En pausa desde el"),
    "directories.paused.text": (
        "Nothing that the provider sends is done; leavers keep their access.",
        "No se hace nada de lo que envía el proveedor; quien se marcha conserva su acceso.",
    ),
    "done.directories.paused": ("The directory is paused.", "El directorio está en pausa."),
    "done.directories.resumed": ("The directory goes on.", "El directorio se ha reanudado."),
    "directories.remove": ("Remove it", "Eliminar"),
    "directories.remove.title": ("Remove {name}?", "¿Eliminar {name}?"),
    "directories.remove.fact.tokens": (
        "Nobody is in it, so nobody loses anything. Its valid tokens ({n}) end with it.",
        "No hay nadie en él, así que nadie pierde nada. Sus tokens válidos ({n}) terminan con él.",
    ),
    "directories.remove.blocked": (
        "It cannot be removed now. Let the identity provider remove people and groups first, so that each of them "
        "loses access in the usual way; pause it meanwhile.",
        "Ahora no se puede eliminar. Deje que el proveedor de identidad quite antes personas y grupos, para que cada "
        "cual pierda su acceso de la forma habitual; entretanto, páuselo.",
    ),
    "directories.remove.has": (
        "It still has people ({people}) and groups ({groups}).",
        "Todavía tiene personas ({people}) y grupos ({groups}).",
    ),
    "directories.remove.joined": (
        "Sign-ins by {name} look for people in it.",
        "Los inicios de sesión por {name} buscan personas en él.",
    ),
    "done.directories.removed": ("The directory is removed.", "El directorio se ha eliminado."),
}
