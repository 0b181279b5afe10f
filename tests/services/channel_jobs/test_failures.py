"""Which failures a retry can mend; in memory."""

from typing import Any

import pytest

from errors import AppError, Refused, UserErrorCode
from integrations.errors import Barred, ObjectMissing, Rejected, Unavailable
from integrations.selling.records import RecordProblem
from integrations.selling.refusals import RefusedFields
from services.channel_jobs.failures import failure_of


def refusing(*fields: str | None) -> RefusedFields:
    return RefusedFields("No.", problems=[RecordProblem("No.", field) for field in fields])


@pytest.mark.parametrize(
    ("error", "asked", "can_be_mended"),
    [
        (refusing("title"), {"title": "Cup", "price": "1"}, False),
        (refusing("sku", "price"), {"price": "1"}, False),
        (refusing("amount"), {"amount": "5"}, False),
        (refusing("tracking_code"), {"tracking_code": "1", "line_ids": []}, False),
        # The product's own title can be changed, and all lines of an order may be others later.
        (refusing("title"), {"price": "1"}, True),
        (refusing("line_ids"), {"tracking_code": "1", "line_ids": []}, True),
        (refusing("amount"), {"amount": None}, True),
        (refusing(None), {"title": "Cup"}, True),
        (refusing(), {"title": "Cup"}, True),
        (Refused(UserErrorCode.NOT_FOUND, "It is gone."), {}, False),
        (Refused(UserErrorCode.CONFLICT, "Not now."), {}, True),
        (Rejected("No."), {"title": "Cup"}, True),
        (Barred("Suspended."), {"title": "Cup"}, True),
        (ObjectMissing("None."), {"title": "Cup"}, True),
        (Unavailable("Away."), {"title": "Cup"}, True),
    ],
)
def test_a_retry_helps_unless_the_same_job_must_fail_again(
    error: AppError, asked: dict[str, Any], can_be_mended: bool
) -> None:
    assert failure_of(error, asked).retryable is can_be_mended
    assert failure_of(error).retryable or isinstance(error, Refused)
