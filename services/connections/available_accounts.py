"""Ad accounts that a grant could connect: the list of the platform in pages, connected ones marked; stores nothing."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from auth.viewer import Viewer
from errors import BadInput
from integrations.ads.records import AdAccountRecord
from models.ads.ad_account import AdAccountStatus, connected_external_ids
from models.cursor_text import bytes_of_cursor, cursor_of_bytes
from models.keyset import KeysetPage, Window
from services.connections.account_checks import is_currency, problem_of
from services.connections.grants import fetch_visible_ad_accounts, load_grant_for_listing
from services.connections.tools import ConnectionTools
from services.people.names import name_key

_LIST = "available_ad_account"
LONGEST_SEARCH = 2_000
_Position = tuple[str, str]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str, str]).decode


@dataclass(frozen=True, slots=True)
class AvailableAdAccount:
    """An account as the platform lists it; `problem` says in words why it cannot be connected."""

    external_id: str
    name: str
    currency: str | None
    time_zone: str | None
    status: AdAccountStatus
    connected: bool
    problem: str | None = None


async def fetch_available_ad_accounts(
    tools: ConnectionTools, viewer: Viewer, grant_id: UUID | None, *, window: Window, search: str | None
) -> KeysetPage[AvailableAdAccount] | None:
    """One page in order of name, asked of the platform each time; None when there is no such grant.

    `search` is looked for in names and ids, without regard to case and to how accents are encoded. Raises Forbidden for
    a grant that a colleague has not shared, BadInput for a cursor of another list and for a search that is longer than
    any name.
    """
    if search is not None and len(search) > LONGEST_SEARCH:
        raise BadInput(f"A text to search for has at most {LONGEST_SEARCH:,} characters, not {len(search):,}.")
    after = _position(window.after) if window.after is not None else None
    grant = await load_grant_for_listing(tools.db, viewer, grant_id)
    if grant is None:
        return None
    records = (await fetch_visible_ad_accounts(tools, viewer, grant)).records
    async with tools.db.read(viewer) as session:
        connected = await connected_external_ids(session, grant.platform)
    matching = [record for record in records if _matches(record, search)]
    found = [record for record in matching if after is None or _key(record) > after]
    rows = found[: window.first]
    return KeysetPage(
        rows=[_available(record, connected=record.external_id in connected) for record in rows],
        cursors=[_cursor(record) for record in rows],
        has_next=len(found) > window.first,
        has_previous=window.after is not None,
    )


def _available(record: AdAccountRecord, *, connected: bool) -> AvailableAdAccount:
    return AvailableAdAccount(
        external_id=record.external_id,
        name=record.name,
        currency=record.currency if is_currency(record.currency) else None,
        time_zone=record.time_zone,
        status=AdAccountStatus(record.status),
        connected=connected,
        problem=problem_of(record),
    )


def _matches(record: AdAccountRecord, search: str | None) -> bool:
    wanted = (search or "").strip()
    return name_key(wanted) in name_key(record.name) or wanted.lower() in record.external_id


def _key(record: AdAccountRecord) -> _Position:
    return name_key(record.name), record.external_id


def _cursor(record: AdAccountRecord) -> str:
    return cursor_of_bytes(_encode((_LIST, *_key(record))))


def _position(cursor: str) -> _Position:
    try:
        name, *place = _decode(bytes_of_cursor(cursor))
    except (msgspec.MsgspecError, ValueError):
        name, place = "", []
    if name != _LIST:
        raise BadInput("This cursor does not belong to this list: take one from a page of it.")
    return place[0], place[1]
