"""Filter text becomes a plain syntax tree; this module alone knows scim2-filter-parser (RFC 7644 §3.4.2.2).

Its grammar is good. Its lexer knows no escapes and no numbers above nine, and its precedence table
puts "and" and "or" on one level, so both are replaced here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Any, cast

from scim2_filter_parser import ast
from scim2_filter_parser.lexer import SCIMLexer
from scim2_filter_parser.parser import SCIMParser, SCIMParserError

from scim.errors import InvalidFilter, TooMany

MAX_LENGTH = 8192
MAX_TERMS = 200
MAX_DEPTH = 20

Literal = str | int | Decimal | bool | None


class Reference(str):
    """The name of an attribute where a literal usually stands; only in what was parsed with ``references``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Term:
    """``name op literal``; for ``pr`` the literal is None. ``bracket`` is the value path before a name."""

    name: str
    op: str
    literal: Literal = None
    bracket: Bracket | None = None


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by ``and`` or ``or``; flattened, so that a long chain is not deep."""

    op: str
    parts: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """``not (…)``."""

    part: Syntax


@dataclass(frozen=True, slots=True)
class Bracket:
    """``name[…]``, a value path."""

    name: str
    part: Syntax


Syntax = Term | Junction | Negation | Bracket


def parse(text: str, *, references: bool = False) -> Syntax:
    """The syntax of a filter. Raises InvalidFilter for what is not in the grammar, TooMany above the limits.

    With ``references`` another attribute may stand on the right side: ``department eq manager.department``. That is
    not in the grammar of SCIM.

    Clients ask the same few questions with ever new values, so what is parsed and kept is the filter's shape,
    with its texts taken out.
    """
    if len(text) > MAX_LENGTH:
        raise TooMany(f"filter: longer than {MAX_LENGTH} characters; ask for less at once")
    texts: list[str] = []

    def take(match: re.Match[str]) -> str:
        texts.append(json.loads(match[0]))
        texts[-1].encode()  # a lone surrogate is refused here rather than in a database driver
        return f'"{len(texts) - 1}"'

    try:
        return _fill(_parse_shape(_QUOTED.sub(take, text), references), texts)
    except ValueError as error:
        raise InvalidFilter(_MALFORMED) from error


@lru_cache(maxsize=512)
def _parse_shape(text: str, references: bool) -> Syntax:
    """The syntax of a filter whose texts are numbers, in quotes."""
    try:
        tokens = _with_dotted_urns([*_Lexer().tokenize(text)])
        _check_limits(tokens)
        if references:
            tokens = list(_with_references(tokens))
        return _syntax(_Parser().parse(iter(tokens)))
    except (SCIMParserError, ValueError, RecursionError, ArithmeticError) as error:
        raise InvalidFilter(_MALFORMED) from error


def _fill(syntax: Syntax, texts: Sequence[str]) -> Syntax:
    """The syntax with the texts put back."""
    match syntax:
        case Term(name, op, literal, bracket):
            filled = Bracket(bracket.name, _fill(bracket.part, texts)) if bracket else None
            is_text = isinstance(literal, str) and not isinstance(literal, Reference)
            return Term(name, op, texts[int(cast(str, literal))] if is_text else literal, filled)
        case Junction(op, parts):
            return Junction(op, tuple(_fill(part, texts) for part in parts))
        case Negation(part):
            return Negation(_fill(part, texts))
        case Bracket(name, part):
            return Bracket(name, _fill(part, texts))


_MALFORMED = 'filter: not a valid SCIM filter; write it as in userName eq "a@example.com"'
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_END = r"(?![a-zA-Z0-9_$:.-])"


def _read_text(_lexer: Any, token: Any) -> Any:
    token.value = token.value[1:-1]
    return token


def _read_number(_lexer: Any, token: Any) -> Any:
    token.value = Decimal(token.value) if re.search(r"[.eE]", token.value) else int(token.value)
    return token


def _read_true(_lexer: Any, token: Any) -> Any:
    token.value = True
    return token


def _read_false(_lexer: Any, token: Any) -> Any:
    token.value = False
    return token


def _read_null(_lexer: Any, token: Any) -> Any:
    token.value = None
    return token


# sly finds a token's pattern on the function that reads it.
for _function, _pattern in (
    (_read_text, r'"[0-9]+"'),
    (_read_number, r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![a-zA-Z0-9_.])"),
    (_read_true, r"(?i:true)" + _END),
    (_read_false, r"(?i:false)" + _END),
    (_read_null, r"(?i:null)" + _END),
):
    setattr(_function, "pattern", _pattern)  # noqa: B010  functions have no such attribute for a type checker


class _Lexer(SCIMLexer):  # type: ignore[misc]
    tokens = SCIMLexer.tokens
    COMP_VALUE = _read_text
    NUMBER = _read_number
    TRUE = _read_true
    FALSE = _read_false
    NULL = _read_null


class _Parser(SCIMParser):  # type: ignore[misc]
    # sly does not inherit grammar rules: each one is handed over.
    tokens, start = _Lexer.tokens, "filter"
    precedence = (("left", "OR"), ("left", "AND"), ("right", "NOT"))
    filter, value_path, attr_exp, log_exp = (
        SCIMParser.filter,
        SCIMParser.value_path,
        SCIMParser.attr_exp,
        SCIMParser.log_exp,
    )
    comp_value, attr_path, sub_attr, error = (
        SCIMParser.comp_value,
        SCIMParser.attr_path,
        SCIMParser.sub_attr,
        SCIMParser.error,
    )


def _check_limits(tokens: list[Any]) -> None:
    depth, terms = 0, 1
    for token in tokens:
        if token.type in ("LPAREN", "LBRACKET"):
            depth += 1
            if depth > MAX_DEPTH:
                raise TooMany(f"filter: nested deeper than {MAX_DEPTH} levels")
        elif token.type in ("RPAREN", "RBRACKET"):
            depth -= 1
        elif token.type in ("AND", "OR"):
            terms += 1
    if terms > MAX_TERMS:
        raise TooMany(f"filter: more than {MAX_TERMS} terms; ask in several requests")


def _with_dotted_urns(tokens: Sequence[Any]) -> list[Any]:
    """The tokens, with a dot after a URN as part of what follows: ``urn:…:User.name.familyName``, ``….emails[…]``.

    The grammar would have one name after the URN and one after a dot.
    """
    kept: list[Any] = []
    for token, following in zip_longest(tokens, tokens[1:]):
        is_third = [one.type for one in (*kept[-2:], token)] == ["SCHEMA_URI", "ATTRNAME", "SUBATTR"]
        if is_third and following is not None and following.type in ("SUBATTR", "LBRACKET"):
            kept[-1].value += f".{token.value}"
        else:
            kept.append(token)
    return kept


def _with_references(tokens: Sequence[Any]) -> Iterator[Any]:
    """The tokens, with a name that follows a comparison made into the value that belongs there."""
    before = None
    name = None
    for token in tokens:
        if name is not None and token.type == "SUBATTR":
            name.value, name = Reference(f"{name.value}.{token.value}"), None
            continue
        name = None
        if token.type == "ATTRNAME" and before in _COMPARISONS:
            name = token
            token.type, token.value = "COMP_VALUE", Reference(token.value)
        before = token.type
        yield token


_COMPARISONS = frozenset({"EQ", "NE", "CO", "SW", "EW", "GT", "GE", "LT", "LE"})


def _syntax(tree: Any) -> Syntax:
    if isinstance(tree, ast.Filter):
        if tree.namespace is not None:
            if tree.namespace.sub_attr is not None:
                raise ValueError("a sub-attribute before a bracket")
            return Bracket(_name(tree.namespace), _syntax(tree.expr))
        inner = _syntax(tree.expr)
        return Negation(inner) if tree.negated else inner
    if isinstance(tree, ast.LogExpr):
        return _junction(tree)
    return _term(tree)


def _junction(tree: Any) -> Junction:
    """The tree leans to the left, so a chain is walked, not recursed into."""
    op, parts = tree.op.lower(), []
    while isinstance(tree, ast.LogExpr) and tree.op.lower() == op:
        parts.append(_syntax(tree.expr2))
        tree = tree.expr1
        while isinstance(tree, ast.Filter) and tree.namespace is None and not tree.negated:
            tree = tree.expr
    parts.append(_syntax(tree))
    return Junction(op, tuple(reversed(parts)))


def _term(tree: Any) -> Term:
    op = tree.value.lower()
    literal = tree.comp_value.value if tree.comp_value else None
    path = tree.attr_path
    if not isinstance(path.attr_name, ast.Filter):
        return Term(_name(path), op, literal)
    namespace = path.attr_name.namespace
    if namespace.sub_attr is None:
        raise ValueError("a comparison with a bracket needs a sub-attribute")
    bracket = Bracket(_name(ast.AttrPath(namespace.attr_name, None, namespace.uri)), _syntax(path.attr_name.expr))
    return Term(namespace.sub_attr.value, op, literal, bracket)


def _name(path: Any) -> str:
    if isinstance(path.attr_name, ast.Filter):
        raise ValueError("a bracket within a bracket")
    name = f"{path.uri}:{path.attr_name}" if path.uri else str(path.attr_name)
    return f"{name}.{path.sub_attr.value}" if path.sub_attr else name
