"""What importing a file answers, and the mutation that imports a report."""

import strawberry

from execution.limits.list_sizes import ListLength
from resolvers.imports import reports
from schema.field import field
from schema.scalars import BigInt
from schema.user_error import UserError
from services.imports.problems import MOST_TOLD


@strawberry.type(description="Why a line of an imported file was left out.")
class ImportProblem:
    line: int = field(description="The line of the file in which it begins; the first one is 1.")
    message: str = field(description="What is wrong with it.")


@strawberry.type
class ImportReportPayload:
    rows_imported: BigInt = field(description="Lines of data that are stored now, those that were there already too.")
    rows_skipped: BigInt = field(description="Lines with a problem. Empty lines and totals are no lines of data.")
    problems: list[ImportProblem] = field(
        description="The first 100 lines that were left out.", size=ListLength(MOST_TOLD)
    )
    notes: list[str] = field(description="What was found out from the file: its encoding, separator, days, decimals.")
    user_errors: list[UserError]


@strawberry.type
class ImportMutations:
    import_report: ImportReportPayload | None = field(
        reports.import_report,
        description="Reads a CSV file of ad-days: a report of Ads Manager by ad and day, in English or French, or an "
        "export of the level AD by DAY. The rows become insights of the account. Days that a refresh has read are "
        "never changed, and a later refresh replaces imported ones. Sending the same file twice changes nothing. One "
        "import of a team runs at once. Needs EXPORT.",
        weight=50,
    )
