"""Which of Meta's words are shown to users, and how a missing permission is named; decides on no reaction."""

import re
import unicodedata

from telemetry.redaction import redact_text

# Enough for a title and a sentence or two; a longer text is cut.
_LONGEST_ADVICE = 500
# Names of permissions in Meta's spelling, e.g. pages_read_engagement; only these families can be granted in its dialog.
_PERMISSION = re.compile(r"\b(?:ads|business|catalog|instagram|leads|pages|read|manage)_[a-z_]+\b")
_NO_CAPABILITY = 3
_CONNECT_AGAIN = "connect again and leave every box of the dialog ticked"
_LACKS_CAPABILITY = (
    "Meta has not given this app the capability for that: whoever runs the installation has to ask Meta for it."
)
_NO_PERMISSION = (
    "Meta says that the person who connected may not see or do this: a role on the ad account or a permission is"
    f" missing. Have the role given in Business Manager, or {_CONNECT_AGAIN}."
)


def advice_of(title: object, text: object) -> str:
    """What Meta wrote for the person, as one line; '' if it wrote nothing, or something that is no text."""
    parts = [_line(part) for part in (title, text) if isinstance(part, str)]
    told = ": ".join(
        part.rstrip(".:") if place == 0 and parts[1:] else part for place, part in enumerate(parts) if part
    )
    return told if len(told) <= _LONGEST_ADVICE else f"{told[: _LONGEST_ADVICE - 1].rstrip()}…"


def with_advice(ours: str, advice: str) -> str:
    """Our sentence, followed by what Meta wrote for the person."""
    return f"{ours} Meta says: {advice}" if advice else ours


def missing_permission(code: int | None, text: str) -> str:
    """A sentence that names the missing permissions, if Meta's text names them, and no others."""
    if code == _NO_CAPABILITY:
        return _LACKS_CAPABILITY
    named = list(dict.fromkeys(_PERMISSION.findall(text.lower())))
    if not named:
        return _NO_PERMISSION
    kind = "permission" if len(named) == 1 else "permissions"
    return (
        f"The grant lacks the {kind} {' or '.join(named)}, or its person the role that it needs: {_CONNECT_AGAIN}, or"
        " have the role given in Business Manager."
    )


def _line(text: str) -> str:
    """The text on one line, without credentials, control characters and what cannot be printed or stored."""
    printable = "".join(" " if unicodedata.category(each).startswith("C") else each for each in text[:2000])
    return " ".join(redact_text(printable).split())
