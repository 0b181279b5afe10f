"""How numbers are written in a file: which mark stands before their decimals, and what each of them is."""

import re
from decimal import Decimal
from enum import StrEnum

LONGEST_NUMBER = 40
# Blanks and apostrophes that stand between thousands. A number without them says as much.
_GAPS = re.compile("(?<=[0-9])[ \u00a0\u202f\u2009'\u2019](?=[0-9]{3}(?:[^0-9]|$))")
_GAP_LEFT = re.compile("[ \u00a0\u202f\u2009'\u2019]")


class DecimalMark(StrEnum):
    POINT = "POINT"
    COMMA = "COMMA"


class Unclear(StrEnum):
    """UNCLEAR: the text can be read in two ways, such as 1,234 for a thousand or for one and a bit."""

    UNCLEAR = "UNCLEAR"


# Both marks, or one of them twice: the last kind of mark stands before the decimals, unless it stands there twice.
_SHOWN = {
    DecimalMark.POINT: re.compile(r"[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}"),
    DecimalMark.COMMA: re.compile(r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,}"),
}
_ONE_MARK = re.compile(r"[0-9]+([.,])[0-9]+")
_MAY_BE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_WRITTEN = {
    DecimalMark.POINT: re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?"),
    DecimalMark.COMMA: re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?"),
}
_BETWEEN_THOUSANDS = {DecimalMark.POINT: ",", DecimalMark.COMMA: "."}
_OTHER = {DecimalMark.POINT: DecimalMark.COMMA, DecimalMark.COMMA: DecimalMark.POINT}
_OF_MARK = {".": DecimalMark.POINT, ",": DecimalMark.COMMA}


def mark_shown(text: str, *, is_whole: bool) -> DecimalMark | Unclear | None:
    """Which mark stands before decimals, as far as this number shows it; None where it shows nothing.

    `is_whole`: it is a number of things, which has no decimals, so that 1,234 must be a thousand of them.
    """
    if text.isdigit() or len(text) > LONGEST_NUMBER:
        return None
    digits = _without_gaps(text)
    for mark, shown in _SHOWN.items():
        if shown.fullmatch(digits):
            return mark
    found = _ONE_MARK.fullmatch(digits)
    if found is None:
        return None
    mark = _OF_MARK[found[1]]
    # A number whose thousands are set apart by blanks does not set them apart by marks as well.
    if not _MAY_BE_THOUSANDS.fullmatch(digits) or len(digits) < len(text.strip().removeprefix("-")):
        return mark
    return _OTHER[mark] if is_whole else Unclear.UNCLEAR


def number_of(text: str, mark: DecimalMark) -> Decimal | None:
    """The number, exactly; None for what is none, such as NaN, 1e5, 12 % or a number with the other mark."""
    if len(text) > LONGEST_NUMBER:
        return None
    if text.isascii() and text.isdigit():  # as most are
        return Decimal(text)
    sign = "-" if text.startswith(("-", "\u2212")) else ""
    digits = sign + _without_gaps(text)
    if not _WRITTEN[mark].fullmatch(digits):
        return None
    return Decimal(digits.replace(_BETWEEN_THOUSANDS[mark], "").replace(",", "."))


def _without_gaps(text: str) -> str:
    """The number without its sign and without what stands between its thousands."""
    digits = text.strip().removeprefix("-").removeprefix("\u2212")
    return _GAPS.sub("", digits) if _GAP_LEFT.search(digits) else digits
