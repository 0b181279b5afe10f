"""The job CASE_ACTION: does at the marketplace what somebody wanted of a case, once, and stores what became of it."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from errors import Refused, UserErrorCode
from integrations.selling.records import CaseStep, RemoteCase
from models.cases.case import CaseAction, OrderCase
from models.cases.storing import case_for_update
from models.channel_jobs.job_queries import channel_job_for_update
from models.database import WriteSession
from services.cases.acting import refusal_of
from services.cases.storing import store_cases
from services.channel_jobs.states import FILE, UNSAFE
from services.channel_jobs.work import ChannelRun

_GONE = "The case is gone."
# In the memo of the job: the marketplace has answered that it is done.
_ACTED = "acted"
_MAY_BE_SENT = "It is not known whether the message was sent: look at the channel. A retry sends it again."


@dataclass(frozen=True, slots=True)
class CaseToActOn:
    case: RemoteCase
    step: CaseStep


class ActOnCase:
    """The marketplace is asked first whether it was done already; what cannot be looked up is not sent twice."""

    async def load(self, session: WriteSession, run: ChannelRun) -> CaseToActOn:
        case = None if run.job.subject_id is None else await case_for_update(session, run.job.subject_id)
        if case is None:
            raise Refused(UserErrorCode.NOT_FOUND, _GONE)
        step = _step(run.job.payload)
        is_begun = run.looks_first or _ACTED in run.memo
        if run.looks_first and step.action == CaseAction.MESSAGE:
            run.memo.pop(UNSAFE, None)
            raise Refused(UserErrorCode.OUTCOME_UNKNOWN, _MAY_BE_SENT)
        # What an earlier run has begun may be what ended the case.
        if not is_begun and (problem := refusal_of(case, CaseAction(step.action))) is not None:
            raise Refused(UserErrorCode.CONFLICT, problem)
        return CaseToActOn(_remote(case), step)

    async def do(self, run: ChannelRun, loaded: CaseToActOn) -> RemoteCase:
        if _ACTED not in run.memo:
            async with run.unsafe("Answering the case"):
                await run.market.act(loaded.case, loaded.step)
            await run.remember({_ACTED: True})
        run.progress(1, 1)
        return await run.market.case(loaded.case.kind, loaded.case.external_id)

    async def store(self, session: WriteSession, run: ChannelRun, done: RemoteCase) -> None:
        _, problems = await store_cases(session, run.channel.id, [done])
        for problem in problems:
            run.problem(problem.message)
        job = await channel_job_for_update(session, run.job.id)
        if job is not None:
            # What was sent is not needed any more; its file goes with the end of every job.
            job.payload = {name: value for name, value in job.payload.items() if name != "message"}
            session.add(job)


def _step(payload: Mapping[str, Any]) -> CaseStep:
    amount, file = payload.get("amount"), payload.get(FILE)
    return CaseStep(
        action=payload["action"],
        amount=None if amount is None else Decimal(amount),
        currency=payload.get("currency"),
        message=payload.get("message"),
        carrier=payload.get("carrier"),
        tracking_code=payload.get("tracking_code"),
        file_name=payload.get("file_name"),
        file=None if file is None else b64decode(file),
    )


def _remote(case: OrderCase) -> RemoteCase:
    return RemoteCase(
        kind=case.kind.value,
        external_id=case.external_id,
        status=case.status.value,
        opened_at=case.opened_at,
        order_external_id=case.order_external_id,
        currency=case.currency,
        amount=case.amount,
        actions=tuple(case.actions),
        details=case.details,
    )
