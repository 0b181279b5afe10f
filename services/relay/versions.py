"""Which browser extensions are served: by the version of the extension, and by that of the protocol it speaks."""

import re

from errors import Refused, UserErrorCode
from services.tools import RelayRules

PROTOCOL = 1
# As browsers take it: one to four numbers.
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")
_PARTS = 4
OUTDATED = "This version of the browser extension is no longer served: update it."


def refuse_outdated(rules: RelayRules, version: str, protocol: int) -> None:
    """Raises Refused: INVALID for what is no version, AGENT_OUTDATED for one that is not served any more."""
    if not _VERSION.fullmatch(version):
        message = "A version is one to four numbers with dots between them, such as 1.4.0."
        raise Refused(UserErrorCode.INVALID, message, field="agent_version")
    if protocol != PROTOCOL:
        message = f"This server speaks version {PROTOCOL} of the protocol: update the browser extension, or the server."
        raise Refused(UserErrorCode.AGENT_OUTDATED, message, field="protocol")
    if _parts(version) < _parts(rules.oldest_agent):
        message = f"{OUTDATED[:-1]} to {rules.oldest_agent} or later."
        raise Refused(UserErrorCode.AGENT_OUTDATED, message, field="agent_version")


def _parts(version: str) -> tuple[int, ...]:
    numbers = [int(each) for each in version.split(".")]
    return (*numbers, *[0] * (_PARTS - len(numbers)))
