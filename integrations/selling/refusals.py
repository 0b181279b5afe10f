"""A refusal of a marketplace that names what is wrong with the things that were sent; knows no marketplace."""

from collections.abc import Sequence

from integrations.errors import Rejected, VendorError
from integrations.selling.records import ListingDraft, RecordProblem


class RefusedFields(Rejected):
    """The seller has to change something: `problems` say what, with the fields of the draft where they are known."""

    def __init__(
        self, message: str, *, problems: Sequence[RecordProblem] = (), said: VendorError | None = None
    ) -> None:
        super().__init__(message, said=said)
        self.problems = tuple(problems)


def refused(reason: str, field: str | None = None, *, said: VendorError | None = None) -> RefusedFields:
    """For a single problem, which is the message as well."""
    return RefusedFields(reason, problems=[RecordProblem(reason, field)], said=said)


def not_offered(vendor: str, what: str) -> Rejected:
    """For what a marketplace has no call for, so that its sellers do it on its own pages."""
    return Rejected(f"{vendor} has no call for {what}: do it on {vendor}'s own pages.")


def missing_policy(draft: ListingDraft, kind: str, what: str, vendor: str) -> RecordProblem:
    """For a kind of which the draft names none: whether there is something to choose, or first something to make."""
    if kind in draft.policy_kinds:
        return RecordProblem(f"The channel's {what} is not chosen yet.", f"policies.{kind}")
    reason = f"The channel has no {what} yet: make one at {vendor}, then run CHECK by syncChannel."
    return RecordProblem(reason, f"policies.{kind}")
