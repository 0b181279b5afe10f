"""Lists every table, so that whoever needs the whole metadata imports this one module."""

from sqlmodel import SQLModel

from models.access_grant import AccessGrant
from models.ad import Ad
from models.ad_account import AdAccount
from models.ad_set import AdSet
from models.api_key import ApiKey
from models.api_key_secret import ApiKeySecret
from models.audit_entry import AuditEntry
from models.auth_session import AuthSession
from models.billing_subscription import BillingSubscription
from models.campaign import Campaign
from models.columns import metadata
from models.creative import Creative
from models.deletion_request import DeletionRequest
from models.entity_name import EntityName
from models.entity_reading import EntityReading
from models.fetch_memory import FetchMemory
from models.idempotency_key import IdempotencyKey
from models.insight import INSIGHT_TABLES
from models.invitation import Invitation
from models.membership import Membership
from models.oauth_flow import OAuthFlow
from models.oauth_identity import OAuthIdentity
from models.one_time_token import OneTimeToken
from models.outgoing_mail import OutgoingMail
from models.refresh_job import RefreshJob
from models.refresh_slice import RefreshSlice
from models.refresh_token import RefreshToken
from models.stripe_event import StripeEvent
from models.tenant import Tenant
from models.usage_counter import UsageCounter
from models.user import User
from models.user_password import UserPassword
from models.vendor_throttle import VendorThrottle
from models.vendor_turn import VendorTurn

TABLES: tuple[type[SQLModel], ...] = (
    Tenant,
    User,
    UserPassword,
    Membership,
    Invitation,
    AuthSession,
    RefreshToken,
    OAuthIdentity,
    OAuthFlow,
    ApiKey,
    ApiKeySecret,
    AccessGrant,
    AdAccount,
    Campaign,
    AdSet,
    Creative,
    Ad,
    EntityReading,
    EntityName,
    RefreshJob,
    RefreshSlice,
    FetchMemory,
    AuditEntry,
    IdempotencyKey,
    VendorThrottle,
    VendorTurn,
    DeletionRequest,
    OutgoingMail,
    OneTimeToken,
    BillingSubscription,
    UsageCounter,
    StripeEvent,
)

__all__ = ["INSIGHT_TABLES", "TABLES", "metadata"]
