"""Reads where a creative leads: the addresses that Meta puts into five places of it, and the parameters added to them.

Everything here is optional and of any type: an address that cannot be read must not cost what the creative shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.ads.records import LandingRecord
from integrations.ads.spoiled import Spoiled

# Addresses are met with up to some thousand characters; a carousel has ten cards and a dynamic creative five addresses.
LONGEST_ADDRESS = 10_000
MOST_ADDRESSES = 100
POST, FEED, OWN, TAGS = "object_story_spec", "asset_feed_spec", "link_url", "url_tags"
_NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(slots=True)
class _Addresses:
    """Those found so far, each once, in the order of the places; `spoiled` tells what was left out, each place once."""

    creative_id: str
    spoiled: list[Spoiled]
    found: dict[str, None] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def add(self, place: str, raw: Any) -> None:
        if raw in _NOTHING:
            return
        address = raw.strip() if isinstance(raw, str) else None
        if address is None or len(address) > LONGEST_ADDRESS:
            self._tell(place)
        elif address and address not in self.found:
            if len(self.found) >= MOST_ADDRESSES:
                self._tell(place)
            else:
                self.found[address] = None

    def objects(self, place: str, raw: Any) -> Iterator[dict[str, Any]]:
        """The objects of a list; what is none of them is left out."""
        if raw in _NOTHING:
            return
        if not isinstance(raw, list):
            self._tell(place)
            return
        for each in raw:
            if isinstance(each, dict):
                yield each
            elif each not in _NOTHING:
                self._tell(place)

    def within(self, place: str, raw: Any, *names: str) -> Any:
        """What lies in objects within objects; None where one of them is missing or no object."""
        for name in names:
            if raw in _NOTHING:
                return None
            if not isinstance(raw, dict):
                self._tell(place)
                return None
            raw = raw.get(name)
        return raw

    def _tell(self, place: str) -> None:
        if place not in self._told:
            self._told.add(place)
            self.spoiled.append(Spoiled("creative", place, self.creative_id))


def landing_record(row: Any, spoiled: list[Spoiled]) -> LandingRecord:
    """Where the creative of a CreativeRow leads. Templates of a catalogue lead nowhere that could be told.

    A field that Meta refused makes the addresses unknown, also where another place has some: stored ones stay.
    """
    addresses = _Addresses(row.id, spoiled)
    addresses.add(OWN, row.link_url)
    story, feed = row.object_story_spec, row.asset_feed_spec
    if story is not None and story.link_data is not None:
        addresses.add(f"{POST}.link_data.link", story.link_data.link)
        for card in story.link_data.child_attachments:
            addresses.add(f"{POST}.link_data.child_attachments.link", card.link)
    if story is not None and story.video_data is not None:
        place = f"{POST}.video_data.call_to_action"
        addresses.add(place, addresses.within(place, story.video_data.call_to_action, "value", "link"))
    if feed is not None:
        place = f"{FEED}.link_urls"
        for each in addresses.objects(place, feed.link_urls):
            addresses.add(f"{place}.website_url", each.get("website_url"))
    refused = (OWN in row.untold, POST in row.untold and story is None, FEED in row.untold and feed is None)
    untold = {"landing_urls"} if any(refused) else set[str]()
    tags = _tags(row, spoiled)
    if TAGS in row.untold:
        untold.add(TAGS)
    return LandingRecord(tuple(addresses.found), tags, frozenset(untold))


def _tags(row: Any, spoiled: list[Spoiled]) -> str | None:
    if row.url_tags in _NOTHING:
        return None
    if not isinstance(row.url_tags, str) or len(row.url_tags) > LONGEST_ADDRESS:
        spoiled.append(Spoiled("creative", TAGS, row.id))
        return None
    return row.url_tags.strip() or None
