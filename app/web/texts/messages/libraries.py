"""What the library that reads documents says of values in them, and what presets of providers are called."""

from __future__ import annotations

MESSAGES = {
    "Another provider": "Otro proveedor",
    "Field may not be null.": "No puede estar vacío.",
    "Invalid input type.": "El tipo de lo indicado no es válido.",
    "Invalid value.": "El valor no es válido.",
    "Longer than maximum length {}.": "Tiene más de {0} caracteres o entradas.",
    "Missing data for required field.": "Falta un campo obligatorio.",
    "Must be one of: {}.": "Debe ser uno de: {0}.",
    "Not a valid boolean.": "No es true ni false.",
    "Not a valid integer.": "No es un número entero.",
    "Not a valid list.": "No es una lista.",
    "Not a valid string.": "No es un texto.",
    "Unknown field.": "Campo desconocido.",
}
PARTS: dict[str, str] = {}
