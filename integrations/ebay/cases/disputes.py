"""Payment disputes (chargebacks) of the Fulfillment API: read, answered with evidence, contested or accepted."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.cases.reading import CHANNEL, CLOSED, SELLER
from integrations.ebay.values import ebay_time, money_in
from integrations.errors import Barred, InvalidResponse, Misshapen, PermissionMissing, Rejected, Unavailable
from integrations.selling.multipart import FilePart, multipart
from integrations.selling.once import done_once
from integrations.selling.records import CasePage, CaseStep, RecordProblem, RemoteCase
from integrations.selling.refusals import RefusedFields, refused
from integrations.selling.values import Fields

KIND = "DISPUTE"
_ROOT = "/sell/fulfillment/v1"
_STATUSES = {"ACTION_NEEDED": SELLER, "OPEN": CHANNEL, "CLOSED": CLOSED}
_OPEN = ("ACTION_NEEDED", "OPEN")
_PAGE = "200"
# eBay answers at most 90 days at once, of the last 18 months.
_RANGE, _KEPT = timedelta(days=90), timedelta(days=540)
_LONGEST_NOTE = 1000
_MOST_BYTES = 1_572_864
_LONGEST_STEM = 80
_DEFAULT_EVIDENCE = "PROOF_OF_DELIVERY"
_FILE_TYPES = ((b"\xff\xd8\xff", "image/jpeg", ".jpg"), (b"\x89PNG\r\n\x1a\n", "image/png", ".png"))


async def dispute_pages(rest: EbayRest, since: datetime, now: datetime) -> AsyncGenerator[CasePage, None]:
    """The open ones of any age, and all that were opened since; each once."""
    asks: list[dict[str, str]] = [{"payment_dispute_status": status} for status in _OPEN]
    start = max(since, now - _KEPT)
    while start < now:
        end = min(start + _RANGE, now)
        asks.append({"open_date_from": ebay_time(start), "open_date_to": ebay_time(end)})
        start = end
    seen = set[str]()
    for query in asks:
        paged = {**query, "limit": _PAGE, "offset": "0"}
        async for page in rest.pages(RestAsk("GET", f"{_ROOT}/payment_dispute_summary", paged)):
            yield await _page(rest, page, seen)


async def one_dispute(rest: EbayRest, dispute_id: str) -> RemoteCase:
    case = dispute_of(await rest.get(_path(dispute_id)))
    if case is None:
        raise Misshapen("eBay sent a dispute without its id or date.")
    return case


def dispute_of(raw: Fields) -> RemoteCase | None:
    """None for a record without an id or a date."""
    dispute_id, opened_at = raw.text("paymentDisputeId"), raw.instant("openDate")
    if dispute_id is None or opened_at is None:
        return None
    code, amount = raw.text("paymentDisputeStatus"), money_in(raw, "amount")
    status = _STATUSES.get(code or "")
    problems: list[RecordProblem] = []
    if status is None:
        problems.append(RecordProblem(f"eBay's state {code or 'is missing'} is not known here.", "status", dispute_id))
    choices = raw.texts("availableChoices")
    answers = [choice for choice in ("ACCEPT", "CONTEST") if choice in choices]
    return RemoteCase(
        kind=KIND,
        external_id=dispute_id,
        status=status,
        opened_at=opened_at,
        order_external_id=raw.text("orderId"),
        reason=raw.text("reason"),
        currency=amount.currency if amount else None,
        amount=amount.value if amount else None,
        respond_by=raw.instant("respondByDate"),
        closed_at=raw.instant("closedDate"),
        outcome=raw.part("resolution").text("reasonForClosure") or raw.text("sellerResponse"),
        # Evidence is taken until the seller has answered: after contesting it is too late.
        actions=(*answers, "ADD_EVIDENCE") if "CONTEST" in choices else tuple(answers),
        details={"code": code},
        problems=tuple(problems),
    )


async def act_on_dispute(rest: EbayRest, dispute_id: str, step: CaseStep) -> None:
    """Reads the dispute first: it knows its revision, and whether the step was done already."""
    raw = await rest.get(_path(dispute_id))
    if step.action == "ADD_EVIDENCE":
        await _add_evidence(rest, raw, step)
    elif step.action in ("ACCEPT", "CONTEST"):
        await _answer(rest, dispute_id, raw, step=step)
    else:
        raise RefusedFields(f"A payment dispute at eBay has no {step.action}.")


async def _page(rest: EbayRest, page: Fields, seen: set[str]) -> CasePage:
    """Of those that wait for the seller the list does not tell what may be done, so that each is read."""
    cases: list[RemoteCase] = []
    unreadable: list[RecordProblem] = []
    for raw in page.parts("paymentDisputeSummaries"):
        case = dispute_of(raw)
        if case is None:
            unreadable.append(RecordProblem("eBay's dispute has no id or no date.", None, raw.text("paymentDisputeId")))
        elif case.external_id not in seen:
            seen.add(case.external_id)
            cases.append(await _whole(rest, case) if case.status == SELLER else case)
    return CasePage(cases, unreadable)


async def _whole(rest: EbayRest, listed: RemoteCase) -> RemoteCase:
    """The dispute read by itself; where that fails for this one alone, what the list says, with a problem."""
    try:
        return await one_dispute(rest, listed.external_id)
    except Barred:
        raise
    except (InvalidResponse, PermissionMissing, Rejected, Unavailable) as error:
        problem = RecordProblem(f"{error.message} So what may be done is not known.", "actions", listed.external_id)
        return replace(listed, problems=(*listed.problems, problem))


async def _answer(rest: EbayRest, dispute_id: str, raw: Fields, *, step: CaseStep) -> None:
    if raw.text("sellerResponse") == step.action:
        return
    body: dict[str, Any] = {"revision": raw.whole("revision")}
    if step.action == "CONTEST" and step.message:
        body["note"] = step.message[:_LONGEST_NOTE]

    async def is_answered() -> bool:
        return (await rest.get(_path(dispute_id))).text("sellerResponse") == step.action

    ask = RestAsk("POST", f"{_path(dispute_id)}/{step.action.lower()}", body=body, is_idempotent=False)
    await done_once(lambda: rest.call(ask), is_answered)


async def _add_evidence(rest: EbayRest, raw: Fields, step: CaseStep) -> None:
    """One picture; the same one is not added twice, since its name at eBay is of what it shows."""
    name, content, media_type = _picture(step)
    known = {file.text("name") for evidence in raw.parts("evidence") for file in evidence.parts("files")}
    if name in known:
        return
    path = _path(raw.text("paymentDisputeId") or "")
    body_of_file, content_type = multipart(FilePart("file", name, media_type, content))
    upload = RestAsk(
        "POST",
        f"{path}/upload_evidence_file",
        raw=body_of_file,
        headers={"Content-Type": content_type},
    )
    file_id = (await rest.call(upload)).fields.text("fileId")
    if file_id is None:
        raise InvalidResponse("eBay does not tell the id of the file.")
    requests = raw.parts("evidenceRequests")
    body: dict[str, Any] = {
        "evidenceType": (requests[0].text("evidenceType") if requests else None) or _DEFAULT_EVIDENCE,
        "files": [{"fileId": file_id}],
        "lineItems": [
            {"itemId": line.text("itemId"), "lineItemId": line.text("lineItemId")} for line in raw.parts("lineItems")
        ],
    }
    await rest.call(RestAsk("POST", f"{path}/add_evidence", body=body, is_idempotent=False))


def _picture(step: CaseStep) -> tuple[str, bytes, str]:
    """Name, content and type; raises RefusedFields for what eBay takes no evidence of."""
    content = step.file or b""
    found = next((each for each in _FILE_TYPES if content.startswith(each[0])), None)
    if found is None or len(content) > _MOST_BYTES:
        raise refused("eBay takes pictures in JPEG or PNG of at most 1.5 MB as evidence.", "file")
    stem = (step.file_name or "evidence").rpartition("/")[2].rpartition(".")[0] or "evidence"
    # The name stands in a header: nothing but plain letters, digits and hyphens.
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)[:_LONGEST_STEM]
    # Cameras give many pictures the same name.
    return f"{plain}-{sha256(content).hexdigest()[:12]}{found[2]}", content, found[1]


def _path(dispute_id: str) -> str:
    return f"{_ROOT}/payment_dispute/{quote(dispute_id, safe='')}"
