"""What the explorer says: may somebody, why, and what is missing."""

from __future__ import annotations

TEXTS = {
    "explain.question": ("May {name} …?", "¿Puede {name}…?"),
    "explain.permission": ("Permission", "Permiso"),
    "explain.anything": ("anything: show all", "cualquiera: mostrar todo"),
    "explain.unit": ("Working in", "Trabajando en"),
    "explain.usual": ("where they usually work", "donde suele trabajar"),
    "explain.item": ("With one item", "Con un elemento"),
    "explain.item_type": ("Type of item", "Tipo de elemento"),
    "explain.item_id": ("Its id", "Su id."),
    "explain.no_item": ("no item", "ningún elemento"),
    "explain.ask": ("Ask", "Preguntar"),
    "explain.everything": ("Everything they can do", "Todo lo que puede hacer"),
    "explain.yes": ("Yes", "Sí"),
    "explain.no": ("No", "No"),
    "explain.because": ("Because", "Porque"),
    "explain.missing": ("What is missing; the nearest step first", "Lo que falta; primero, el paso más cercano"),
    "explain.can": ("{number} of {of} things", "{number} de {of} cosas"),
    "explain.in": ("in {unit}", "en {unit}"),
    "explain.inactive": ("{name} is deactivated, so nothing at all.", "{name} está desactivada, así que nada."),
    "explain.elsewhere": (
        "{name} does not work in that business unit, so nothing there.",
        "{name} no trabaja en esa unidad de negocio, así que allí nada.",
    ),
    "explain.nothing": ("Nothing yet.", "Nada todavía."),
    "explain.when": ("only when", "solo si"),
    "explain.unless": ("but not when", "pero no si"),
    "explain.or": ("or", "o"),
}
