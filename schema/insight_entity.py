"""InsightEntity: what everything that has insights shares."""

import strawberry

from models.ad_account import Platform
from schema.field import field
from schema.node import interface


@interface
class InsightEntity:
    """Everything that has insights."""

    id: strawberry.ID
    platform: Platform
    external_id: str = field(description="The platform's own id; an ad account's begins with act_.")
    name: str
