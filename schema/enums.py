"""The GraphQL enums: each wraps the plain enum of the layer that owns it."""

import strawberry

from analytics.enums import DatePreset
from auth.permissions import Permission
from errors import UserErrorCode
from models.access_grant import AccessGrantStatus
from models.actor import ActorKind
from models.ad_account import AdAccountStatus, Platform
from models.campaign import DeliveryStatus
from models.creative import CreativeKind
from models.entity_list import EntityOrder
from models.membership import Role
from models.oauth_identity import IdentityProvider
from models.refresh_job import RefreshErrorCode, RefreshStatus, RefreshTrigger

strawberry.enum(UserErrorCode)
strawberry.enum(Permission)
strawberry.enum(Role)
strawberry.enum(IdentityProvider)
strawberry.enum(Platform)
strawberry.enum(AdAccountStatus)
strawberry.enum(AccessGrantStatus)
strawberry.enum(DeliveryStatus)
strawberry.enum(CreativeKind)
strawberry.enum(EntityOrder)
strawberry.enum(ActorKind)
strawberry.enum(RefreshStatus)
strawberry.enum(RefreshTrigger)
strawberry.enum(RefreshErrorCode)
strawberry.enum(DatePreset)
