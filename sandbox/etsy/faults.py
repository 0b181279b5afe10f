"""Owns what a fault of Etsy's stand-in says where nobody words it; when faults fire is marketplaces/faults.py's."""

from dataclasses import dataclass

from sandbox.marketplaces.faults import CallFault


@dataclass(frozen=True, slots=True)
class EtsyFault(CallFault):
    body: str = '{"error":"Server Error"}'


# What a gateway says in Etsy's place.
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
