"""Owns which breakdowns exist, which go together and how delivery spreads over their values; no numbers of ads."""

from functools import lru_cache
from itertools import product

from sandbox.meta.data.breakdown_rules import ADVERTISER_HOUR, AUDIENCE_HOUR, FREQUENCY
from sandbox.meta.errors import bad_parameter

Cell = tuple[str, ...]

BREAKDOWNS = (
    "age",
    "comscore_market",
    "country",
    "device_platform",
    FREQUENCY,
    "gender",
    ADVERTISER_HOUR,
    AUDIENCE_HOUR,
    "impression_device",
    "platform_position",
    "publisher_platform",
    "region",
)
_COMBINATIONS = (
    ("age",),
    ("gender",),
    ("age", "gender"),
    ("country",),
    ("region",),
    ("country", "region"),
    ("publisher_platform",),
    ("publisher_platform", "platform_position"),
    ("publisher_platform", "impression_device"),
    ("publisher_platform", "platform_position", "impression_device"),
    ("comscore_market",),
    ("device_platform",),
    ("publisher_platform", "device_platform"),
    ("publisher_platform", "platform_position", "device_platform"),
    ("impression_device",),
    (ADVERTISER_HOUR,),
    (AUDIENCE_HOUR,),
    (FREQUENCY,),
)
# Refused since 2026-06-22.
_WITHDRAWN = {"dma": "comscore_market"}

# People are awake in the evening more than at night.
_HOURS = {
    f"{hour:02d}:00:00 - {hour:02d}:59:59": weight
    for hour, weight in enumerate((3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 6, 7, 8, 9, 8, 6, 4))
}
_SPREADS: dict[str, dict[str, float]] = {
    "age": {"18-24": 9, "25-34": 27, "35-44": 28, "45-54": 19, "55-64": 11, "65+": 5, "Unknown": 1},
    "gender": {"female": 56, "male": 42, "unknown": 2},
    "device_platform": {"mobile_app": 88, "desktop": 7, "mobile_web": 5},
    "comscore_market": {"New York": 21, "Los Angeles": 17, "Chicago": 11, "Unknown": 51},
    "impression_device": {
        "iphone": 47,
        "android_smartphone": 39,
        "desktop": 7,
        "ipad": 4,
        "android_tablet": 2,
        "other": 1,
    },
    ADVERTISER_HOUR: {**_HOURS},
    AUDIENCE_HOUR: {**_HOURS},
    FREQUENCY: {"1": 61, "2": 19, "3": 8, "4": 4, "5": 2, "6-10": 4, "11-15": 1, "16-20": 0.6, "21+": 0.4},
}
_POSITIONS: dict[str, dict[str, float]] = {
    "facebook": {"feed": 24, "facebook_reels": 9, "facebook_stories": 5, "marketplace": 4, "video_feeds": 3},
    "instagram": {"instagram_stories": 18, "feed": 16, "instagram_reels": 13, "instagram_explore": 2},
    "audience_network": {"an_classic": 3, "rewarded_video": 1},
    "messenger": {"messenger_inbox": 1, "messenger_stories": 1},
}
# By the account's currency: its markets, and their regions. A region that nobody knows is a value too.
_REGIONS: dict[str, dict[str, dict[str, float]]] = {
    "EUR": {
        "DE": {"Bayern": 26, "Nordrhein-Westfalen": 24, "Baden-Württemberg": 15, "Berlin": 8, "Sachsen": 5},
        "AT": {"Wien": 6, "Tirol": 4},
        "CH": {"Zürich": 5, "Bern": 3},
        "IT": {"Trentino-Alto Adige": 3},
        "unknown": {"Unknown": 1},
    },
    "USD": {
        "US": {"California": 24, "Texas": 19, "New York": 14, "Florida": 13, "Illinois": 8, "Ohio": 6},
        "CA": {"Ontario": 8, "Quebec": 4, "British Columbia": 3},
        "unknown": {"Unknown": 1},
    },
    "JPY": {
        "JP": {"Tokyo": 33, "Osaka Prefecture": 18, "Kanagawa Prefecture": 15, "Aichi Prefecture": 12},
        "TW": {"Taipei City": 6},
        "unknown": {"Unknown": 1},
    },
}


def known_breakdowns(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in their own order, whatever the caller's; raises for what is unknown, withdrawn or does not fit."""
    for place, name in enumerate(names):
        if name in BREAKDOWNS:
            continue
        hint = f"; {name} is no longer supported, use {_WITHDRAWN[name]}" if name in _WITHDRAWN else ""
        raise bad_parameter(f"breakdowns[{place}] must be one of the following values: {', '.join(BREAKDOWNS)}{hint}")
    found = next((known for known in _COMBINATIONS if sorted(known) == sorted(names)), None)
    if found is None and names:
        listed = "; ".join(", ".join(combination) for combination in _COMBINATIONS)
        raise bad_parameter(
            f"Current combination of data breakdown columns ({', '.join(names)}) is invalid. Valid are: {listed}"
        )
    return found or ()


@lru_cache(maxsize=256)
def cells(names: tuple[str, ...], currency: str) -> tuple[tuple[Cell, float], ...]:
    """Every combination of values, in the order of the names, with its weight; one empty cell without names."""
    parts = [_places(names, currency)] if {"country", "region"} & {*names} else []
    if "publisher_platform" in names:
        parts.append(_positions(names))
    parts += [
        [({name: value}, weight) for value, weight in _SPREADS[name].items()] for name in names if name in _SPREADS
    ]
    found: list[tuple[Cell, float]] = []
    for chosen in product(*parts):
        labels: dict[str, str] = {}
        weight = 1.0
        for values, share in chosen:
            labels |= values
            weight *= share
        found.append((tuple(labels[name] for name in names), weight))
    return tuple(found)


def _nested(
    tree: dict[str, dict[str, float]], outer: str, inner: str, names: tuple[str, ...]
) -> list[tuple[dict[str, str], float]]:
    """The values of two breakdowns of which one lies within the other, as far as they are asked for."""
    if inner in names:
        return [
            ({outer: first, inner: second}, weight) for first, part in tree.items() for second, weight in part.items()
        ]
    return [({outer: first}, sum(part.values())) for first, part in tree.items()]


def _places(names: tuple[str, ...], currency: str) -> list[tuple[dict[str, str], float]]:
    return _nested(_REGIONS[currency], "country", "region", names)


def _positions(names: tuple[str, ...]) -> list[tuple[dict[str, str], float]]:
    return _nested(_POSITIONS, "publisher_platform", "platform_position", names)
