"""Some thousand random documents over good and odd rows: plans answer what graphql-core answers.

A failure prints the number by which `test_random_documents` makes the same document and rows again.
"""

from collections.abc import Callable
from random import Random

import pytest

from tests.chance import first_number
from tests.execution.plans.test_same_answers import check_document

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")

DOCUMENTS = 600


@pytest.mark.drill
async def test_random_documents(dropped_resolvers: Callable[[], None]) -> None:
    first = first_number(below=2**40)
    for number in range(first, first + DOCUMENTS):
        random = Random(number)
        try:
            await check_document(random, random.choice((1, 3, 20, 60)), oddness=random.choice((0, 0.02, 0.3)))
        except AssertionError as error:
            raise AssertionError(f"Random({number})") from error
        if number % 20 == 0:
            dropped_resolvers()
