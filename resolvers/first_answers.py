"""What a mutation that was sent with `@idempotent` answered first: kept as ids and plain values, and shown again.

An object is kept as its id and read again as the viewer may see it then, so a repeated call may select other fields.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from auth.viewer import Viewer
from errors import BadInput, Unauthenticated
from execution.idempotent import key_of
from execution.transport.uploads import Upload
from resolvers.context import Info
from resolvers.nodes import KIND_OF_ROW, KIND_OF_TYPE, kept_row
from services.idempotency import Answer, KeyedCall, once

P = TypeVar("P")
_NOBODY = "`@idempotent` keeps an answer for somebody in a tenant: send such credentials, or the mutation without it."


def asked_key(info: Info) -> str | None:
    """The key of the mutation's field; raises BadInput for one that is null, or of a caller without a tenant."""
    raw: Any = info._raw_info  # noqa: SLF001 - Strawberry's own selected_fields converts the whole selection
    key = key_of(raw.field_nodes, raw.variable_values)
    viewer = info.context.viewer
    if key is not None and (viewer is None or viewer.tenant_id is None):
        if info.context.why_nobody is not None:
            raise Unauthenticated(info.context.why_nobody)
        raise BadInput(_NOBODY)
    return key


async def first_answer(
    info: Info,
    key: str,
    arguments: Mapping[str, Any],
    *,
    run: Callable[[], Awaitable[P]],
    remade: Callable[[Mapping[str, Any]], P],
) -> P:
    """The payload that `run` answers; for a repeated call the first one, which `remade` makes of its values by name.

    User errors and other records are plain objects there. Raises Refused as `once` does.
    """
    viewer, tools = info.context.viewer, info.context.tools
    assert viewer is not None
    first: list[P] = []

    async def keep() -> Answer:
        first.append(await run())
        return {name: _kept(value) for name, value in _values(first[0]).items()}

    given = {name: await _content(value) for name, value in arguments.items() if name != "info"}
    call = KeyedCall(info.field_name, key, _without_unset(given), owner_id=viewer.api_key_id or viewer.user_id)
    answer = await once(tools.db, tools.clock, viewer, call, keep)
    if first:
        return first[0]
    return remade({name: await _shown(info, value) for name, value in answer.items()})


def _values(payload: Any) -> Mapping[str, Any]:
    names = [each.name for each in fields(payload)] if is_dataclass(payload) else list(vars(payload))
    return {name: getattr(payload, name) for name in names}


def _kept(value: Any) -> Any:
    """A value of a payload, ready for JSON; an object is told from a plain value by being a mapping of one key."""
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, Viewer):
        return {"viewer": None}
    if type(value) in KIND_OF_ROW:
        return {"row": [KIND_OF_ROW[type(value)].type_name, str(value.id)]}
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


async def _shown(info: Info, kept: Any) -> Any:
    """The value again. An object that is gone is None, and left out of a list."""
    match kept:
        case list():
            found = [await _shown(info, each) for each in kept]
            return [value for value in found if value is not None]
        case {"viewer": _}:
            return info.context.viewer
        case {"row": [type_name, row_id]}:
            return await kept_row(info, KIND_OF_TYPE[type_name], UUID(row_id))
        case dict():
            return SimpleNamespace(**kept)
        case _:
            return kept


async def _content(value: Any) -> Any:
    """An argument as `_plain` has it; a file is what is in it, whatever it is called."""
    if not isinstance(value, Upload):
        return _plain(value)
    found = hashlib.sha256()
    async for chunk in value.chunks():
        found.update(chunk)
    return {"sha256": found.hexdigest()}


def _plain(value: Any) -> Any:
    """An argument in a form that two spellings of one input share."""
    if is_dataclass(value) and not isinstance(value, type):
        return _without_unset({each.name: _plain(getattr(value, each.name)) for each in fields(value)})
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.value if isinstance(value, Enum) else value


def _without_unset(given: Mapping[str, Any]) -> dict[str, Any]:
    """An argument that is absent is none: else a new one would make another input of each call before it."""
    return {name: value for name, value in given.items() if value is not strawberry.UNSET}
