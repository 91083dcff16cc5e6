"""Documents that declare schema extensions: what is read, and what is refused with which words (RFC 7643 §2, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from scim.attributes import Returned
from scim.schema_documents import (
    MAX_ATTRIBUTES,
    MAX_SUBS,
    InvalidDeclaration,
    known_extension,
    read_extension,
    schema_document,
    urn_problems,
)
from scim.schemas import COMMON, ENTERPRISE_USER, USER

URN = "urn:acme:crew:2.0:User"


def document(**attribute: Any) -> dict[str, Any]:
    """A document with one attribute."""
    return {"attributes": [{"name": "badge"} | attribute]}


def problems(given: Any, urn: str = URN) -> str:
    """Everything that is said against a document."""
    with pytest.raises(InvalidDeclaration) as refused:
        read_extension(given, urn)
    assert refused.value.problems
    return "\n".join(refused.value.problems)


def test_what_is_left_out_is_as_rfc_7643_says() -> None:
    """RFC 7643 §2.2: a string, one value, not required, without case, readWrite, returned by default."""
    schema = read_extension(document(), URN)
    assert (schema.urn, schema.name, schema.description) == (URN, "User", "")
    assert schema_document(schema)["attributes"] == [
        {
            "name": "badge",
            "type": "string",
            "multiValued": False,
            "description": "",
            "required": False,
            "mutability": "readWrite",
            "returned": "default",
            "uniqueness": "none",
            "caseExact": False,
        }
    ]


@pytest.mark.parametrize("schema", [ENTERPRISE_USER, USER], ids=lambda schema: schema.name)
def test_a_shown_schema_reads_back_as_itself(schema: Any) -> None:
    """What is shown holds all that a declaration has; SCIM's own read-only parts and names are not for accounts."""
    shown = schema_document(schema)
    assert schema_document(known_extension(shown)) == shown | {
        "attributes": [
            one | ({"uniqueness": "none"} if one["uniqueness"] != "none" else {}) for one in shown["attributes"]
        ]
    }


def test_what_is_never_returned_has_no_part_that_is() -> None:
    """A value that is not kept has no parts that are."""
    schema = read_extension(document(type="complex", mutability="writeOnly", subAttributes=[{"name": "a"}]), URN)
    assert schema.attributes[0].returned is Returned.NEVER
    assert schema.attributes[0].sub[0].returned is Returned.NEVER


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ({"name": "1badge"}, "attributes[0].name"),
        ({"name": "bad ge"}, "is no name"),
        ({"name": ""}, "is no name"),
        ({"name": "a" * 101}, "is no name"),
        ({"name": "$ref"}, "is no name"),
        ({"name": "eq"}, "filter language"),
        ({"name": "NOT"}, "filter language"),
        ({"name": "username"}, "every user has"),
        ({"name": "ID"}, "every user has"),
        ({"name": "Meta"}, "every user has"),
        ({"name": 5}, "must be text"),
        ({"type": "text"}, "must be one of string, boolean"),
        ({"type": ["string"]}, "must be one of"),
        ({"multivalued": True}, "'multivalued' is no characteristic"),
        ({"multiValued": "yes"}, "true or false"),
        ({"description": "x" * 1001}, "at most 1000"),
        ({"type": "reference", "caseExact": False}, "always compared with case"),
        ({"type": "binary", "caseExact": False}, "always compared with case"),
        ({"type": "integer", "caseExact": True}, "has no case"),
        ({"type": "integer", "canonicalValues": ["1"]}, "only a string"),
        ({"canonicalValues": "a"}, "list of at most"),
        ({"canonicalValues": [""]}, "list of at most"),
        ({"referenceTypes": ["uri"]}, "only a reference"),
        ({"type": "reference", "referenceTypes": ["Car"]}, "external, uri, User, Group"),
        ({"subAttributes": [{"name": "a"}]}, "set type to complex"),
        ({"type": "complex"}, "one sub-attribute or more"),
        ({"type": "complex", "subAttributes": {"name": "a"}}, "list of objects"),
        ({"type": "complex", "subAttributes": ["a"]}, "subAttributes[0]: must be an object"),
        ({"type": "complex", "subAttributes": [{"name": f"a{n}"} for n in range(MAX_SUBS + 1)]}, f"at most {MAX_SUBS}"),
        ({"type": "complex", "subAttributes": [{"name": "a"}, {"name": "A"}]}, "there twice"),
        ({"type": "complex", "subAttributes": [{"name": "a", "type": "complex"}]}, "cannot be complex"),
        ({"type": "complex", "subAttributes": [{"name": "a", "multiValued": True}]}, "has one value"),
        ({"type": "complex", "subAttributes": [{"name": "a", "mutability": "immutable"}]}, "whole attribute only"),
        ({"uniqueness": "server"}, "not kept for declared attributes"),
        ({"uniqueness": "global"}, "not kept for declared attributes"),
        ({"uniqueness": "some"}, "must be one of none, server, global"),
        ({"mutability": "writeOnly", "returned": "default"}, "set it to never"),
        ({"mutability": "immutable", "returned": "never"}, "cannot be immutable"),
        ({"mutability": "readOnly", "returned": "never"}, "cannot be readOnly"),
        ({"mutability": "readOnly", "required": True}, "can be required"),
        ({"returned": "never", "required": True}, "can be required"),
    ],
)
def test_a_wrong_attribute_is_refused_with_its_place(attribute: dict[str, Any], words: str) -> None:
    """Each characteristic that is misspelt, contradicts another or promises what is not done."""
    assert words in problems(document(**attribute))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "must be an object"),
        ({}, "one attribute or more"),
        ({"attributes": []}, "one attribute or more"),
        ({"attributes": [{"name": f"a{n}"} for n in range(MAX_ATTRIBUTES + 1)]}, f"at most {MAX_ATTRIBUTES}"),
        ({"attributes": [{"name": "a"}, {"name": "A"}]}, "A is there twice"),
        ({"attributes": [{"name": "a"}], "required": True}, "'required' is no characteristic"),
        ({"attributes": [{"name": "a"}], "name": 1}, "name: must be text"),
    ],
)
def test_a_wrong_document_is_refused(given: Any, words: str) -> None:
    """A document is an object with attributes, within bounds."""
    assert words in problems(given)


def test_everything_wrong_is_said_at_once() -> None:
    """Who corrects a file by hand wants the whole list."""
    said = problems({"attributes": [{"name": "1"}, {"name": "b", "type": "x"}], "id": "nothing"})
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize(
    "urn",
    [
        *(
            "",
            "acme",
            "urn:acme",
            "urn:a:b",
            "http://acme.example/User",
            "urn:acme:User name",
            "urn:acme:2.0",
            "urn:acme:é",
        ),
        *("urn:acme:eq", "urn:acme:a/b:User", "urn:acme:User:", "urn:acme::User", f"urn:acme:{'x' * 200}:User"),
        *("urn:ietf:params:scim:schemas:core:2.0:User", "URN:IETF:params:scim:schemas:CORE:2.0:Car"),
        *(
            "urn:ietf:params:scim:api:messages:2.0:PatchOp",
            "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user",
        ),
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:more",
    ],
)
def test_a_urn_that_cannot_be_told_apart_is_refused(urn: str) -> None:
    """RFC 7643 §3.3, §10.2.1: a URN of one's own, in characters that filters and paths can hold."""
    assert "id: " in problems(document(), urn)


def test_urns_of_an_account_do_not_begin_alike() -> None:
    """A name is looked up by the URN in front of it."""
    assert urn_problems("urn:acme:crew", ["urn:acme:crew:2.0:User"])
    assert urn_problems("urn:acme:CREW:more", ["urn:acme:crew"])
    assert urn_problems("urn:acme:crew", ["urn:acme:Crew"])
    assert urn_problems("urn:acme:crewmen", ["urn:acme:crew"]) == []


def test_names_that_rfc_7643_allows_are_read() -> None:
    """RFC 7643 §2.1 ATTRNAME; ``$ref`` as a part."""
    names = ["a", "A-b", "a_1", "order", "note", "x$y"]
    given = [{"name": name} for name in names]
    ref = {"name": "$ref", "type": "reference"}
    schema = read_extension({"attributes": [*given, {"name": "boss", "type": "complex", "subAttributes": [ref]}]}, URN)
    assert [one.name for one in schema.attributes] == [*names, "boss"]
    assert all(attribute.key not in {one.key for one in COMMON} for attribute in schema.attributes)
