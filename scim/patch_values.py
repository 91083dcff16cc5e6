"""PATCH of stored attributes: each function applies one operation to one holder of values, in place.

RFC 7644 §3.5.2.1 to §3.5.2.3. A holder is the resource, the data of an extension, or one element of
a multi-valued attribute. Values are read as on create, so they are canonical when they arrive here.
Whether an immutable value has changed, or a part is missing, is asked when all operations are done.
"""

from __future__ import annotations

from dataclasses import replace as with_
from functools import lru_cache
from typing import Any

from scim import errors
from scim.attributes import Attribute, Type
from scim.dialects import unpack_text, unwrap_list
from scim.errors import InvalidValue, NoTarget
from scim.keys import comparison_key
from scim.matching import as_element, matches
from scim.patch_path import PatchPath
from scim.values import MAX_VALUES, Reader, element_reader, identity, reader, refuse_type, without_repeats

Holder = dict[str, Any]

_reader = lru_cache(maxsize=1024)(reader)


@lru_cache(maxsize=1024)
def _part_reader(attribute: Attribute) -> Reader:
    """Reads what is said about an element; what it must have besides may be there, or come by another operation."""
    parts = tuple(with_(sub, required=False) for sub in attribute.sub)
    return element_reader(with_(attribute, sub=parts), attribute.name)


def edit_value(holder: Holder, path: PatchPath, attribute: Attribute, verb: str, value: Any) -> None:
    """Apply an operation to the attribute of ``holder`` that the path names.

    Raises InvalidValue, Mutability, or NoTarget if the path's condition chooses nothing.
    """
    if attribute.multi_valued:
        _edit_many(holder, path, attribute, verb, value)
    elif path.filter is None and path.sub is None:
        set_value(holder, attribute, verb, value, attribute.name)
    else:
        _edit_part(holder, path, attribute, verb, value)


def set_value(holder: Holder, attribute: Attribute, verb: str, value: Any, at: str) -> None:
    """Apply an operation to a single value: set, merge, clear."""
    if verb == "remove":
        if attribute.required:
            raise errors.Mutability(f"{at}: is required and cannot be removed; replace it")
        holder.pop(attribute.name, None)
        return
    if value is None and verb == "add":
        return
    value = _single(attribute, value, at)
    if attribute.type is Type.COMPLEX and value is not None:
        _merge(holder, attribute, value, at)
        return
    new = None if value is None else _reader(attribute, at)(value)
    if attribute.required and (new is None or (isinstance(new, str) and not new.strip())):
        raise InvalidValue(f"{at}: is required; send a value that is not blank")
    _put(holder, attribute.name, new)


def _single(attribute: Attribute, value: Any, at: str) -> Any:
    """The value with a provider's wrapping taken off; a bare object is no wrapping of a simple value."""
    bare = unwrap_list(value)
    if attribute.type is not Type.COMPLEX:
        is_wrapped = bare is not value and bare.keys() <= {"value", "$ref", "display", "displayName"}
        return bare["value"] if is_wrapped else value
    if attribute.find_sub("value") is not None:
        if bare in ("", []):
            return None
        if isinstance(bare, str):
            return unpack_text(bare)
    if bare is not None and not isinstance(bare, dict):
        raise refuse_type(at, "an object", bare)
    return bare


def _merge(holder: Holder, attribute: Attribute, value: Holder, at: str) -> None:
    """Set the sub-attributes that are given, keep the others (RFC 7644 §3.5.2.1, §3.5.2.3)."""
    merged = dict(holder.get(attribute.name) or {})
    for name, part in value.items():
        sub = attribute.find_sub(name)
        if sub is not None and not sub.read_only:
            set_value(merged, sub, "replace", part, f"{at}.{sub.name}")
    _put(holder, attribute.name, merged or None)


def _edit_part(holder: Holder, path: PatchPath, attribute: Attribute, verb: str, value: Any) -> None:
    """An operation on a part of a single-valued complex attribute, or on all of it under a condition."""
    part = dict(holder.get(attribute.name) or {})
    if path.filter is not None and not matches(path.filter, part):
        if verb == "remove":
            return
        if part or not path.pins:
            raise NoTarget(f"{attribute.name}: its value does not fit the condition in the path")
        part.update(path.pins)
    if path.sub is None:
        set_value(holder, attribute, verb, value, attribute.name)
        return
    set_value(part, path.sub, verb, value, f"{attribute.name}.{path.sub.name}")
    _put(holder, attribute.name, part or None)


def _edit_many(holder: Holder, path: PatchPath, attribute: Attribute, verb: str, value: Any) -> None:
    """An operation on a multi-valued attribute; a value that becomes primary takes it from the others."""
    present = holder.get(attribute.name) or []
    before = {id(element) for element in present if _is_primary(element)}
    if path.filter is None and path.sub is None:
        elements = _edit_list(present, attribute, verb, value)
    elif path.sub is None:
        elements = _edit_chosen(present, path, attribute, verb, value)
    else:
        elements = _edit_subs(present, path, attribute, path.sub, verb, value)
    elements = without_repeats(attribute, [element for element in elements if element != {}])
    _settle_primary(elements, before, attribute.name)
    if len(elements) > MAX_VALUES:
        raise InvalidValue(f"{attribute.name}: would have more than {MAX_VALUES} values")
    if not elements and attribute.required:
        raise errors.Mutability(f"{attribute.name}: is required; its last value cannot be removed")
    _put(holder, attribute.name, elements or None)


def _edit_list(present: list[Any], attribute: Attribute, verb: str, value: Any) -> list[Any]:
    """The whole attribute: append what is not there, replace everything, remove everything or what is listed."""
    if verb == "remove" and value is None:
        return []
    # RFC 7644 §3.5.2.1 has a list here; clients also send the one value that is to be added.
    listed = value if isinstance(value, list) else [value]
    given: list[Any] = (_reader(attribute, attribute.name)(listed) if value is not None else None) or []
    if verb == "replace":
        return given
    if verb == "remove":
        return [element for element in present if not any(_includes(attribute, element, gone) for gone in given)]
    elements = list(present)
    for new in given:
        if not any(_includes(attribute, element, new) for element in elements):
            _add_element(elements, attribute, new)
    return elements


def _add_element(elements: list[Any], attribute: Attribute, new: Any) -> None:
    """Append a value, or complete the one it is the same as."""
    same = identity(attribute, new)
    for element in elements:
        if isinstance(element, dict) and identity(attribute, element) == same:
            element.update(new)
            return
    elements.append(new)


def _edit_chosen(present: list[Any], path: PatchPath, attribute: Attribute, verb: str, value: Any) -> list[Any]:
    """The elements that fit the path's condition, as wholes."""
    others = [element for element in present if not _fits(path, element)]
    new = None
    if verb != "remove" and value is not None:
        new = _part_reader(attribute)(unwrap_list(value))
    if verb != "remove" and len(others) == len(present):
        if verb == "replace" or path.pins is None:
            raise NoTarget(f"{attribute.name}: no value fits the condition in the path")
        return present if new is None else [*present, _pinned(path, new)]
    if new is None:
        return present if verb == "add" else others
    changed = []
    for element in present:
        if not _fits(path, element):
            changed.append(element)
        elif verb == "add" and isinstance(element, dict):
            element.update(new)
            changed.append(element)
        else:
            changed.append(_pinned(path, new))
    return changed


def _edit_subs(
    present: list[Any], path: PatchPath, attribute: Attribute, sub: Attribute, verb: str, value: Any
) -> list[Any]:
    """One sub-attribute of the elements that fit the path's condition, or of all if it has none."""
    at = f"{attribute.name}.{sub.name}"
    chosen = [element for element in present if _fits(path, element)]
    if not chosen and verb != "remove":
        if not _may_create(path, verb):
            raise NoTarget(f"{attribute.name}: no value fits the condition in the path")
        entry: Holder = {}
        set_value(entry, sub, verb, value, at)
        return [*present, _pinned(path, entry)] if entry else present
    for element in chosen:
        set_value(element, sub, verb, value, at)
    return present


def _may_create(path: PatchPath, verb: str) -> bool:
    """Entra replaces parts of entries that are not there yet; a condition on the value itself means an existing one."""
    if path.filter is None:
        return True
    return path.pins is not None and (verb == "add" or "value" not in path.pins)


def _fits(path: PatchPath, element: Any) -> bool:
    return path.filter is None or matches(path.filter, as_element(element))


def _pinned(path: PatchPath, new: Any) -> Any:
    """A new entry with what the path's condition asks for, unless the value says otherwise."""
    return {**path.pins, **new} if path.pins and isinstance(new, dict) else new


def _includes(attribute: Attribute, element: Any, part: Any) -> bool:
    """Does the element have everything that ``part`` has, compared as the schema says?"""
    if not isinstance(element, dict):
        return bool(identity(attribute, element) == identity(attribute, part))
    subs = {sub.name: sub for sub in attribute.sub}
    return all(
        name in element and comparison_key(subs[name], element[name]) == comparison_key(subs[name], value)
        for name, value in part.items()
    )


def _settle_primary(elements: list[Any], before: set[int], at: str) -> None:
    """RFC 7643 §2.4: true at most once; the value that became primary last is it."""
    primary = [element for element in elements if _is_primary(element)]
    if len(primary) < 2:
        return
    fresh = [element for element in primary if id(element) not in before]
    if len(fresh) > 1:
        raise InvalidValue(f"{at}: more than one value would become primary; mark one at most")
    for element in primary:
        if fresh and element is not fresh[0]:
            element["primary"] = False


def _is_primary(element: Any) -> bool:
    return isinstance(element, dict) and element.get("primary") is True


def _put(holder: Holder, name: str, value: Any) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value
