"""Owns the overlapping lists of actions that Insights prints; must not decide numbers."""

from collections.abc import Callable

from sandbox.meta.data.accounts import AccountPlan
from sandbox.meta.data.counts import PURCHASE_VALUE_AT, WINDOWS, Count, Counts, conversion_at

Stat = dict[str, str]
# The default window's number (7d_click and 1d_view together), then one number per window.
Windowed = tuple[int, int, int, int, int]
Printer = Callable[[int], str]

_PLACES = {window: place for place, window in enumerate(WINDOWS, start=1)}

# The same conversion appears under several names: the widest one, the plain one, the pixel's and more.
_PURCHASE_TYPES = (
    "omni_purchase",
    "purchase",
    "offsite_conversion.fb_pixel_purchase",
    "onsite_web_purchase",
    "onsite_web_app_purchase",
    "web_in_store_purchase",
)
_CONVERSION_TYPES = {
    "view_content": ("omni_view_content", "view_content", "offsite_conversion.fb_pixel_view_content"),
    "add_to_cart": ("omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"),
    "checkout": (
        "omni_initiated_checkout",
        "initiate_checkout",
        "offsite_conversion.fb_pixel_initiate_checkout",
    ),
    "purchase": _PURCHASE_TYPES,
    "lead": ("lead", "offsite_conversion.fb_pixel_lead"),
    "registration": (
        "omni_complete_registration",
        "complete_registration",
        "offsite_conversion.fb_pixel_complete_registration",
    ),
}
_PLAIN_TYPES = (
    ("link_click", Count.LINK_CLICKS),
    ("landing_page_view", Count.LANDING_PAGE_VIEWS),
    ("omni_landing_page_view", Count.LANDING_PAGE_VIEWS),
    ("post_reaction", Count.REACTIONS),
    ("comment", Count.COMMENTS),
    ("post", Count.SHARES),
    ("onsite_conversion.post_save", Count.SAVES),
    ("video_view", Count.VIDEO_3S),
)
_ENGAGEMENTS = (
    Count.LINK_CLICKS,
    Count.REACTIONS,
    Count.COMMENTS,
    Count.SHARES,
    Count.SAVES,
    Count.VIDEO_3S,
)


def immediate(number: int) -> Windowed:
    """What happens on the ad itself is a click of the same day in every window."""
    return (number, number, number, number, 0)


def conversion(counts: Counts, at: int) -> Windowed:
    first, week, month, viewed = counts[at : at + len(WINDOWS)]
    return (week + viewed, first, week, month, viewed)


def engagements(counts: Counts) -> int:
    return sum(counts[place] for place in _ENGAGEMENTS)


def stat(action_type: str, numbers: Windowed, *, windows: tuple[str, ...], printer: Printer = str) -> Stat | None:
    """None when there is nothing to say; a window without a number is left out."""
    said = [numbers[0], *(numbers[_PLACES[window]] for window in windows)]
    if not any(said):
        return None
    printed = {"action_type": action_type, "value": printer(said[0])}
    for window, number in zip(windows, said[1:], strict=True):
        if number:
            printed[window] = printer(number)
    return printed


def _purchase_types(plan: AccountPlan) -> tuple[str, ...]:
    if plan.has_purchase_key:
        return _PURCHASE_TYPES
    return tuple(name for name in _PURCHASE_TYPES if name != "purchase")


def action_numbers(plan: AccountPlan, counts: Counts) -> list[tuple[str, Windowed]]:
    """Every action type with its numbers, in a stable order."""
    found = [(name, immediate(counts[place])) for name, place in _PLAIN_TYPES]
    engaged = immediate(engagements(counts))
    found += [("post_engagement", engaged), ("page_engagement", engaged)]
    for kind, types in _CONVERSION_TYPES.items():
        numbers = conversion(counts, conversion_at(kind))
        names = _purchase_types(plan) if kind == "purchase" else types
        if any(numbers):
            found += [(name, numbers) for name in names]
    return found


def purchase_values(plan: AccountPlan, counts: Counts) -> list[tuple[str, Windowed]]:
    numbers = conversion(counts, PURCHASE_VALUE_AT)
    return [(name, numbers) for name in _purchase_types(plan)] if any(numbers) else []
