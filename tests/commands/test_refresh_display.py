"""What a terminal says of a refresh that is refused, and of one that it does not watch any more."""

from datetime import date

import pytest

from commands.refresh_display import AskedRefresh, in_options
from errors import NotFound, Refused, UserErrorCode


def test_a_range_that_is_refused_is_told_by_the_options_of_the_command() -> None:
    refused = Refused(UserErrorCode.INVALID, "The range is too old.", field="days")
    assert in_options(refused) == "--since and --until: The range is too old."


def test_what_no_option_is_about_is_told_as_it_is() -> None:
    assert in_options(Refused(UserErrorCode.FORBIDDEN, "Disconnected.", field="ad_account_id")) == "Disconnected."
    assert in_options(NotFound("No such account.")) == "No such account."


FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("asked", "watch", "cancel"),
    [
        (AskedRefresh("act_1", None, None, None), "refresh act_1", "cancel-refresh act_1"),
        (
            AskedRefresh("act_1", FIRST, LAST, "acme"),
            "refresh act_1 --since 2026-11-01 --until 2026-11-20 --tenant acme",
            "cancel-refresh act_1 --tenant acme",
        ),
        (AskedRefresh(None, FIRST, None, None), "refresh --all --since 2026-11-01", "cancel-refresh act_..."),
        (AskedRefresh("a b", None, None, None), "refresh 'a b'", "cancel-refresh 'a b'"),
    ],
)
def test_the_exact_commands_to_go_on_are_told(asked: AskedRefresh, watch: str, cancel: str) -> None:
    assert asked.how_to_go_on.splitlines()[1:] == [
        f"To watch it again: python cli.py {watch}",
        f"To cancel it: python cli.py {cancel}",
    ]
