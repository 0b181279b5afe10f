"""The mark by which a listing that we made is found again: its SKU, in the last line of its description.

It is for marketplaces that keep no SKU with what is being made, or none at all.
"""

_MARK = "SKU: "


def marked(description: str, sku: str) -> str:
    """The description with the mark."""
    return f"{description.rstrip()}\n\n{_MARK}{sku}"


def mark_in(description: str | None) -> str | None:
    """The SKU of the mark; None without one."""
    last = (description or "").rpartition("\n")[2].strip()
    return last.removeprefix(_MARK).strip() or None if last.startswith(_MARK) else None


def is_marked(description: str | None, sku: str) -> bool:
    """Whether the mark of this SKU ends the description, whatever white space a marketplace has kept of it."""
    mark = marked("", sku).split()
    return (description or "").split()[-len(mark) :] == mark


def unmarked(description: str | None) -> str | None:
    """The description without the mark; None where nothing is left."""
    text, _, last = (description or "").rpartition("\n")
    return text.rstrip() or None if last.strip().startswith(_MARK) else description
