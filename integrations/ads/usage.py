"""Usage: what a platform's answers tell about its limits on calls."""

from dataclasses import dataclass

# The longest wait that an answer can cause; a longer one is cut to it.
LONGEST_REGAIN_S = 600


@dataclass(frozen=True, slots=True)
class Usage:
    """One reading of one limit. `utilisation` is in percent and may be above 100.

    `is_of_app`: the limit counts every call of the app. Otherwise it is that of the ad account `external_account_id`,
    or if that is None, of the account that was asked for.
    """

    kind: str
    external_account_id: str | None
    utilisation: float
    regain_s: int | None = None
    is_of_app: bool = False
