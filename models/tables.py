"""Lists every table: code that needs the whole metadata imports this module alone."""

from sqlmodel import SQLModel

from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_name import EntityName
from models.ads.entity_tag import EntityTag
from models.audit.entry import AuditEntry
from models.billing.stripe_event import StripeEvent
from models.billing.subscription import BillingSubscription
from models.billing.usage_counter import UsageCounter
from models.cases.case import OrderCase
from models.channel_jobs.job import ChannelJob
from models.channel_jobs.retry import ChannelRetry
from models.channels.access import ChannelAccess
from models.channels.channel import Channel
from models.channels.message import SellerMessage
from models.channels.policy import ChannelPolicy
from models.channels.term_list import ChannelTermList
from models.channels.throttle import ChannelThrottle
from models.channels.turn import ChannelTurn
from models.columns import metadata
from models.connections.access_grant import AccessGrant
from models.connections.deletion_request import DeletionRequest
from models.conversations.conversation import Conversation
from models.conversations.message import Message
from models.datasets.dataset import Dataset
from models.exports.export import Export
from models.idempotency_key import IdempotencyKey
from models.ingestion.entity_reading import EntityReading
from models.ingestion.fetch_memory import FetchMemory
from models.ingestion.throttle import VendorThrottle
from models.ingestion.turn import VendorTurn
from models.insights.custom_metric import CustomMetric
from models.insights.tables import INSIGHT_TABLES
from models.installation.sealed_value import SealedValue
from models.listings.listing import ChannelListing
from models.listings.suggestion import Suggestion
from models.mail import OutgoingMail
from models.naming.override import NamingOverride
from models.naming.template import NamingTemplate
from models.oauth import OAuthFlow
from models.orders.booked_sales import BookedSales
from models.orders.line import OrderLine
from models.orders.order import SalesOrder
from models.orders.refund import OrderRefund
from models.orders.shipment import OrderShipment
from models.people.auth_session import AuthSession
from models.people.oauth_identity import OAuthIdentity
from models.people.one_time_token import OneTimeToken
from models.people.refresh_token import RefreshToken
from models.people.user import User
from models.people.user_password import UserPassword
from models.products.ad_link import AdLink
from models.products.attribute import OwnAttribute, ProductAttribute, SharedAttribute
from models.products.image import ProductImage
from models.products.product import Product
from models.rates.fx_rate import FxRate
from models.refreshes.job import RefreshJob
from models.refreshes.slice import RefreshSlice
from models.relay.agent import RelayAgent
from models.relay.secret import RelaySecret
from models.relay.step import RelayStep
from models.tenants.api_key import ApiKey, ApiKeySecret
from models.tenants.invitation import Invitation
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant

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
    EntityTag,
    RefreshJob,
    RefreshSlice,
    FetchMemory,
    CustomMetric,
    NamingTemplate,
    NamingOverride,
    Export,
    Dataset,
    Channel,
    ChannelAccess,
    ChannelRetry,
    RelayAgent,
    RelayStep,
    RelaySecret,
    ChannelPolicy,
    ChannelTermList,
    ChannelThrottle,
    ChannelTurn,
    ChannelJob,
    Product,
    SharedAttribute,
    OwnAttribute,
    ProductAttribute,
    ChannelListing,
    Suggestion,
    ProductImage,
    SalesOrder,
    OrderLine,
    OrderRefund,
    OrderShipment,
    OrderCase,
    Conversation,
    Message,
    BookedSales,
    AdLink,
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
    SellerMessage,
    SealedValue,
    FxRate,
)

__all__ = ["INSIGHT_TABLES", "TABLES", "metadata"]
