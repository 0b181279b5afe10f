"""What is recorded is judged: an offence without an exception, an exception without need, a query without a test."""

import pytest

from embedded.postgres import DatabaseUrls
from migrations.roles import RUNTIME, SYSTEM
from tests.statements.exceptions import ALLOWED, all_exceptions
from tests.statements.named_queries import named_queries
from tests.statements.plugin import complaints, read
from tests.statements.recorder import Statement
from tests.statements.rules import Rule

PLACE = "models/ads/campaign.py:campaigns_of_everybody"
FOR_ALL = Statement(RUNTIME, "select id from campaign")
FOR_ONE = Statement(RUNTIME, "select id from campaign where tenant_id = $1")
OF_SYSTEM = Statement(SYSTEM, "select id from campaign")
OF_TEST = Statement(RUNTIME, "select id from a_table_of_the_test")


def test_an_offence_is_told_with_place_and_rule(postgres: DatabaseUrls) -> None:
    with pytest.raises(
        pytest.fail.Exception, match=rf"(?s){PLACE}.*without naming its tenant.*select id from campaign"
    ):
        read(postgres.migration, {FOR_ALL: {PLACE}, FOR_ONE: {PLACE}})


def test_an_exception_excuses_its_place_alone(postgres: DatabaseUrls) -> None:
    place, rule = next(each for each in ALLOWED if each[1] is Rule.READS_ALL)
    assert read(postgres.migration, {FOR_ALL: {place}, FOR_ONE: {PLACE}}) == {f"{place}: {rule}"}


def test_a_test_names_its_tenant_unless_it_is_one_of_policies(postgres: DatabaseUrls) -> None:
    test, of_policies = "tests/models/test_shards.py:test_it", "tests/isolation/"
    places = {FOR_ALL: {f"{of_policies}test_it.py:test_it"}, FOR_ONE: {test}, OF_SYSTEM: {test}, OF_TEST: {test}}
    assert read(postgres.migration, places) == {of_policies}
    with pytest.raises(pytest.fail.Exception, match=rf"(?s){test}.*without naming its tenant.*select id from campaign"):
        read(postgres.migration, {FOR_ALL: {test}})


def test_a_whole_run_misses_what_was_not_reached_or_not_needed() -> None:
    queries, exceptions = named_queries(), all_exceptions()
    assert len(queries) > 150
    assert complaints(reached=queries, needed=exceptions) == []
    query, exception = min(queries), min(exceptions)
    assert complaints(reached=queries - {query}, needed=exceptions - {exception}) == [
        f"No test reaches the named query {query}.",
        f"No statement needs the exception {exception}.",
    ]
