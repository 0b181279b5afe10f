"""A refusal of a marketplace that names what is wrong with the things that were sent; knows no marketplace."""

from collections.abc import Sequence

from integrations.errors import Rejected, VendorError
from integrations.selling.records import RecordProblem


class RefusedFields(Rejected):
    """The seller has to change something: `problems` say what, with the fields of the draft where they are known."""

    def __init__(
        self, message: str, *, problems: Sequence[RecordProblem] = (), said: VendorError | None = None
    ) -> None:
        super().__init__(message, said=said)
        self.problems = tuple(problems)
