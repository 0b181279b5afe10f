"""Owns the files that a seller sends in a dispute, and the sets of evidence made of them."""

from collections.abc import AsyncGenerator

import msgspec
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sandbox.ebay.calls import EbayCall, EbayReply
from sandbox.ebay.disputes.records import EVIDENCE_TYPES, EvidenceFile, EvidenceSet, OpenedDispute
from sandbox.ebay.problems import refusal
from sandbox.ebay.state import EbaySandbox

_MOST_BYTES = 1_572_864
_LONGEST_NAME = 255
_MOST_FILES = 5
_STARTS = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n"}


class _NamedFile(msgspec.Struct, rename="camel"):
    file_id: str


class _NamedLine(msgspec.Struct, rename="camel"):
    item_id: str
    line_item_id: str


class _EvidenceOrder(msgspec.Struct, rename="camel"):
    evidence_type: str | None = None
    files: list[_NamedFile] = []
    line_items: list[_NamedLine] | None = None


def dispute_of(call: EbayCall) -> OpenedDispute:
    dispute = call.shop.disputes.get(call.ids["dispute_id"])
    if dispute is None:
        raise refusal(33001)
    return dispute


async def upload(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """One picture a call, under the name `file`; raises EbayRefusal for anything else, and once it is too late."""
    dispute = dispute_of(call)
    if not dispute.awaits_seller:
        raise refusal(33004)
    name, content = await _sent_file(call)
    kind = next((kind for kind, start in _STARTS.items() if content.startswith(start)), None)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise refusal(33106)
    if kind is None or not name.lower().endswith((".jpg", ".jpeg", ".png")):
        raise refusal(33005)
    if len(content) > _MOST_BYTES:
        raise refusal(33006)
    file = EvidenceFile(f"F{sandbox.number()}", name, kind, len(content), sandbox.now_s)
    dispute.files[file.id] = file
    return EbayReply({"fileId": file.id})


def add_evidence(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    dispute, wanted = dispute_of(call), call.read(_EvidenceOrder)
    if not dispute.awaits_seller:
        raise refusal(33004)
    if wanted.evidence_type not in EVIDENCE_TYPES:
        raise refusal(33008)
    file_ids = [file.file_id for file in wanted.files]
    if not file_ids or len(file_ids) > _MOST_FILES:
        raise refusal(33100)
    if not set(file_ids) <= set(dispute.files):
        raise refusal(33003)
    lines = [(line.item_id, line.line_item_id) for line in wanted.line_items or []]
    if not set(lines) <= set(dispute.lines):
        raise refusal(33007)
    made = EvidenceSet(
        id=f"E{sandbox.number()}",
        kind=wanted.evidence_type,
        file_ids=file_ids,
        line_ids=[line_id for _, line_id in lines],
        at_s=sandbox.now_s,
    )
    dispute.evidence.append(made)
    dispute.revision += 1
    return EbayReply({"evidenceId": made.id})


async def _sent_file(call: EbayCall) -> tuple[str, bytes]:
    """Name and content."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield call.raw

    if not call.headers.get("content-type", "").startswith("multipart/form-data"):
        raise refusal(33100)
    try:
        form = await MultiPartParser(call.headers, stream()).parse()
    except (MultiPartException, KeyError):
        raise refusal(33100) from None
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if len(files) > 1:
            raise refusal(33107)
        found = form.get("file")
        if not isinstance(found, UploadFile):
            raise refusal(33100)
        return found.filename or "", await found.read()
    finally:
        await form.close()
