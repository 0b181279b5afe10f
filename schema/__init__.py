"""The API's schema: `build_schema()` puts the root types together."""

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.node import ENTITIES
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription


@cache
def build_schema() -> strawberry.Schema:
    """One schema per process: it holds no state of a request."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=ENTITIES,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
