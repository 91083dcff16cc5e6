"""What the permission matrix says."""

from __future__ import annotations

TEXTS = {
    "matrix.title": ("Permission matrix", "Matriz de permisos"),
    "matrix.text": (
        "Each row is a permission, each column a role. A cell leads to where the role says so.",
        "Cada fila es un permiso y cada columna un rol. Una celda lleva a donde el rol lo dice.",
    ),
    "matrix.count": (
        "{permissions} permissions, {roles} roles",
        "{permissions} permisos, {roles} roles",
    ),
    "matrix.search": ("Permission", "Permiso"),
    "matrix.section": ("Section", "Sección"),
    "matrix.kind": ("Roles", "Roles"),
    "matrix.kind.own": ("own roles", "roles propios"),
    "matrix.kind.default": ("default roles", "roles predeterminados"),
    "matrix.privileged": ("privileged only", "solo privilegiados"),
    "matrix.differing": ("differing only", "solo los que difieren"),
    "matrix.choose": ("Choose roles", "Elegir roles"),
    "matrix.legend": ("How to read it", "Cómo leerla"),
    "matrix.allow": ("allowed", "permitido"),
    "matrix.depends": ("under a condition", "con una condición"),
    "matrix.deny": ("denied", "denegado"),
    "matrix.unset": ("unset", "sin definir"),
    "matrix.permission": ("Permission", "Permiso"),
    "matrix.column.section": ("Section", "Sección"),
    "matrix.column.permission": ("Permission", "Permiso"),
    "matrix.column.title": ("Title", "Título"),
    "matrix.column.privileged": ("Privileged", "Privilegiado"),
    "matrix.none": ("No permission is left by this.", "No queda ningún permiso con esto."),
}
