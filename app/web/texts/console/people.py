"""What the pages on people say."""

from __future__ import annotations

TEXTS = {
    "people.title": ("People", "Personas"),
    "people.count": ("people", "personas"),
    "people.search": ("Name or user name", "Nombre o nombre de usuario"),
    "people.empty": (
        "Nobody is here yet. Connect a directory, and your identity provider pushes people.",
        "Todavía no hay nadie. Conecte un directorio y su proveedor de identidad enviará personas.",
    ),
    "people.column.name": ("Name", "Nombre"),
    "people.column.user_name": ("User name", "Nombre de usuario"),
    "people.column.state": ("State", "Estado"),
    "people.column.directory": ("Directory", "Directorio"),
    "people.column.home": ("Home unit", "Unidad de origen"),
    "people.column.origin": ("Made by", "Creada por"),
    "people.column.external_id": ("External id", "Id. externo"),
    "people.column.created": ("Created", "Creada"),
    "people.column.modified": ("Changed", "Modificada"),
    "people.choice.state": ("State", "Estado"),
    "people.state.active": ("active", "activa"),
    "people.state.inactive": ("deactivated", "desactivada"),
    "people.choice.origin": ("Made by", "Creada por"),
    "people.origin.scim": ("directory", "directorio"),
    "people.origin.sso": ("sign-in", "inicio de sesión"),
    "people.origin.manual": ("hand", "a mano"),
}
