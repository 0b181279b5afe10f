"""What is recorded is judged: an offence without an exception, an exception without need, a query without a test."""

import pytest

from embedded.postgres import DatabaseUrls
from migrations.roles import RUNTIME
from tests.statements.exceptions import ALLOWED
from tests.statements.named_queries import named_queries
from tests.statements.plugin import complaints, read
from tests.statements.recorder import Statement
from tests.statements.rules import Rule

PLACE = "models/ads/campaign.py:campaigns_of_everybody"
FOR_ALL = Statement(RUNTIME, "select id from campaign")
FOR_ONE = Statement(RUNTIME, "select id from campaign where tenant_id = $1")


def test_an_offence_is_told_with_place_and_rule(postgres: DatabaseUrls) -> None:
    with pytest.raises(
        pytest.fail.Exception, match=rf"(?s){PLACE}.*without naming its tenant.*select id from campaign"
    ):
        read(postgres.migration, {FOR_ALL: {PLACE}, FOR_ONE: {PLACE}})


def test_an_exception_excuses_its_place_alone(postgres: DatabaseUrls) -> None:
    place, rule = next(each for each in ALLOWED if each[1] is Rule.READS_ALL)
    assert read(postgres.migration, {FOR_ALL: {place}, FOR_ONE: {PLACE}}) == {f"{place}: {rule}"}


def test_a_whole_run_misses_what_was_not_reached_or_not_needed() -> None:
    queries, exceptions = named_queries(), {f"{place}: {rule}" for place, rule in ALLOWED}
    assert len(queries) > 150
    assert complaints(reached=queries, needed=exceptions) == []
    query, exception = min(queries), min(exceptions)
    assert complaints(reached=queries - {query}, needed=exceptions - {exception}) == [
        f"No test reaches the named query {query}.",
        f"No statement needs the exception {exception}.",
    ]
