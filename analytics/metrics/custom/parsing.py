"""Reads the text of a formula: + - * / and brackets, numbers, keys of metrics. What the keys mean is not known here."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import cast

from analytics.metrics.custom.terms import Chain, FormulaFault, Key, Number, Operand, Term
from analytics.metrics.formula import Operator

LONGEST = 500
# How deep brackets may lie in one another.
DEEPEST = 20

_TOKEN = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9]*)|(?P<number>[0-9.][A-Za-z0-9.]*)|(?P<sign>[-+*/])|(?P<bracket>[()])")
# No more digits than an answer has. Nothing that fits is so large that a product of it could not be calculated.
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,14})?(?:\.[0-9]{1,15})?")
_OPERATOR = re.compile(r"[-+*/]")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_LONGEST_SHOWN = 20

_SUMS = (ast.Add, ast.Sub)
_PRODUCTS = (ast.Mult, ast.Div)


@lru_cache(maxsize=1024)
def parsed(formula: str) -> Term:
    """The formula as terms; raises FormulaFault."""
    if len(formula) > LONGEST:
        raise FormulaFault(LONGEST + 1, f"a formula has at most {LONGEST} characters")
    _check_order(formula)
    # With a bracket before it, the places that Python tells are our columns.
    source = f"({formula})"
    # In capitals a key is no word of Python's, such as `yield`. There is nothing but ASCII here, so places stay.
    return _term(ast.parse(source.upper(), mode="eval").body, source)


def words_of(formula: str) -> frozenset[str]:
    """The keys in a formula that could be parsed, found without parsing it."""
    return frozenset(_WORD.findall(formula))


def _check_order(formula: str) -> None:
    """Raises FormulaFault unless values and operators alternate, and brackets are in pairs and not too deep.

    What passes is a formula to Python's parser too, so that no text of a stranger's meets a part of it that is not
    meant for formulas: names like `__import__`, calls, powers, strings, comments or a thousand brackets.
    """
    depth, wants_value, is_signed = 0, True, False
    for column, kind, part in _tokens(formula):
        if kind == "sign":
            if wants_value and (part != "-" or is_signed):
                raise FormulaFault(column, f"there is no metric or number before {part}")
            is_signed, wants_value = wants_value, True
            continue
        if wants_value and part == ")":
            raise FormulaFault(column, "there is no metric or number before )")
        if not wants_value and part != ")":
            raise FormulaFault(column, f"there is no operator before {part[:_LONGEST_SHOWN]}")
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth not in range(DEEPEST + 1):
            reason = "this bracket was not opened" if depth < 0 else f"brackets may be at most {DEEPEST} deep"
            raise FormulaFault(column, reason)
        is_signed, wants_value = False, part == "("
    if wants_value:
        raise FormulaFault(len(formula) + 1, "a metric or a number is missing")
    if depth > 0:
        raise FormulaFault(len(formula) + 1, "a bracket is not closed")


def _tokens(formula: str) -> Iterator[tuple[int, str, str]]:
    """Column, kind and text of each key, number, operator and bracket."""
    place = 0
    while place < len(formula):
        if formula[place] == " ":
            place += 1
            continue
        found = _TOKEN.match(formula, place)
        if found is None:
            raise FormulaFault(place + 1, "this is neither a metric nor a number, nor one of + - * / ( )")
        kind, part = cast("str", found.lastgroup), found[0]
        if kind == "number" and not _NUMBER.fullmatch(part):
            shown = part[:_LONGEST_SHOWN]
            raise FormulaFault(place + 1, f"{shown} is no number of at most 15 digits before and 15 after a point")
        yield place + 1, kind, part
        place = found.end()


def _term(node: ast.expr, source: str) -> Term:
    """The node as a term. The text of keys and numbers is taken from the source: Python's numbers would be floats."""
    column = node.col_offset
    match node:
        case ast.Name():
            return Key(source[column : node.end_col_offset], column)
        case ast.Constant():
            return Number(Decimal(source[column : node.end_col_offset]), column)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _term(operand, source)
            if isinstance(inner, Number):
                # A minus sign in Python would round to the digits of the decimal context.
                return Number(inner.value.copy_negate(), column)
            return Chain(Number(Decimal(-1), column), (Operand("*", inner, column),))
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _chain(node, _SUMS, source)
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _chain(node, _PRODUCTS, source)
        case _:
            raise FormulaFault(column, "this is no formula")


def _chain(node: ast.expr, operators: tuple[type[ast.operator], ...], source: str) -> Chain:
    """All that is added, or multiplied, in a row: to Python a sum of 200 terms is 200 deep, and to us it is flat."""
    operands = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
        # Between both sides are brackets, spaces and the operator.
        found = _OPERATOR.search(source, node.left.end_col_offset or 0, node.right.col_offset)
        assert found is not None
        operands.append(Operand(cast("Operator", found[0]), _term(node.right, source), found.start()))
        node = node.left
    return Chain(_term(node, source), tuple(reversed(operands)))
