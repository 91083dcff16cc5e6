"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """So many of something: "1 rule", "2 rules", "3 people"."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
