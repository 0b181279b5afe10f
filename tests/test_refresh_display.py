"""What a terminal says of a refresh that is refused."""

from errors import NotFound, Refused, UserErrorCode
from refresh_display import in_options


def test_a_range_that_is_refused_is_told_by_the_options_of_the_command() -> None:
    refused = Refused(UserErrorCode.INVALID, "The range is too old.", field="days")
    assert in_options(refused) == "--since and --until: The range is too old."


def test_what_no_option_is_about_is_told_as_it_is() -> None:
    assert in_options(Refused(UserErrorCode.FORBIDDEN, "Disconnected.", field="ad_account_id")) == "Disconnected."
    assert in_options(NotFound("No such account.")) == "No such account."
