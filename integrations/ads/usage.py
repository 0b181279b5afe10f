"""Owns what a platform's answers tell of its limits on calls."""

from dataclasses import dataclass

# The longest wait that an answer can cause; a longer one is cut to it.
LONGEST_REGAIN_S = 600


@dataclass(frozen=True, slots=True)
class Usage:
    """One reading of one limit. `utilisation` is in percent and may be above 100.

    `is_of_app`: the limit is over every call of the app. Otherwise it is an ad account's, and `external_account_id` is
    None where the answer names none: then it is about the account of the question.
    """

    kind: str
    external_account_id: str | None
    utilisation: float
    regain_s: int | None = None
    is_of_app: bool = False
