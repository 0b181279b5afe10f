"""The API's schema: `build_schema()` puts the roots together on execution's engine, `schema_text()` is its SDL."""

from functools import cache

from strawberry.schema.config import StrawberryConfig

from execution.engine import Engine
from execution.idempotent import IDEMPOTENT
from schema.descriptions.describing import describe
from schema.mutation import Mutation
from schema.node import ENTITIES
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


@cache
def build_schema() -> Engine:
    """One schema per process: it holds no state of a request."""
    engine = Engine(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=ENTITIES,
        core_directives=[IDEMPOTENT],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    describe(engine.core)
    return engine


@cache
def schema_text() -> str:
    """What schema.graphql holds: printing it takes longer than a request should."""
    return f"{build_schema()}\n"
