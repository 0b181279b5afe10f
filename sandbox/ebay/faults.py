"""Owns what a fault of eBay's stand-in says where nobody words it; when faults fire is marketplaces/faults.py's."""

from dataclasses import dataclass

from sandbox.marketplaces.faults import CallFault, CallFaultKind

EbayFaultKind = CallFaultKind


@dataclass(frozen=True, slots=True)
class EbayFault(CallFault):
    body: str = '{"errors":[{"errorId":2003,"domain":"ACCESS","category":"APPLICATION","message":"Internal error"}]}'
