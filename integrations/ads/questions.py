"""How a question for insights is asked: with pages of which size, directly or as a report, for which part of it."""

from dataclasses import dataclass

from analytics.enums import EntityLevel

# Calls are counted, not rows: one with 500 rows costs the same as one with 50.
PAGE_ROWS = 500
# Pages are not made smaller than this: a report, or a smaller question, needs fewer calls then.
LEAST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Among:
    """The condition that rows belong to these campaigns or ads, or, if `is_rest`, to none of them.

    `ids` are the platform's.
    """

    level: EntityLevel
    ids: tuple[str, ...]
    is_rest: bool = False


@dataclass(slots=True)
class Asking:
    """How one question is asked. `page_rows` shrinks while pages are refused as too heavy; at the end it is the
    size that worked.

    `fields` are the platform's; an empty tuple stands for all. All conditions of `among` apply.
    """

    page_rows: int = PAGE_ROWS
    least_rows: int = LEAST_ROWS
    by_report: bool = False
    among: tuple[Among, ...] = ()
    fields: tuple[str, ...] = ()

    def shrink(self) -> bool:
        """Halves the size of pages; False when smaller ones are not worth their calls."""
        half = self.page_rows // 2
        if half < self.least_rows:
            return False
        self.page_rows = half
        return True
