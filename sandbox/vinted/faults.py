"""Owns what a fault of Vinted's stand-in says where nobody words it; when faults fire is marketplaces/faults.py's."""

from dataclasses import dataclass

import msgspec

from sandbox.marketplaces.faults import CallFault
from sandbox.vinted.errors import broken


@dataclass(frozen=True, slots=True)
class VintedFault(CallFault):
    body: str = msgspec.json.encode(broken()).decode()
