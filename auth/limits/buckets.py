"""How often who may do what: the one table of rate limits, and who is counted as one; it counts nothing itself."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, ip_address

MINUTE_S = 60
IPV6_NETWORK_BITS = 64  # what one customer of a provider gets: single addresses of it cost nothing


class Counted(Enum):
    """What shares one count."""

    PERSON = "person; address without a sign-in"
    ADDRESS = "address, signed in or not"
    JOB = "job, and person"
    ACCOUNT = "account, whoever asks; failures alone"
    TENANT = "tenant; person or address without one"


@dataclass(frozen=True, slots=True)
class Bucket:
    """`amount` in any stretch of `window_s` seconds; `fields` are root fields of the API, `paths` are pages.

    `name` stands behind "too many" in what a caller is told: a plural that a stranger understands.
    """

    name: str
    amount: int
    counted: Counted = Counted.PERSON
    window_s: int = MINUTE_S
    fields: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether all that is counted ends at once: an end of its own for each charge is too much for operations."""
        return self.counted is Counted.TENANT


@dataclass(frozen=True, slots=True)
class Charge:
    """`amount` hits of a bucket; `key` is who or what is counted, and no secret."""

    bucket: Bucket
    key: str
    amount: int = 1

    @property
    def counted_as(self) -> str:
        """What shares one count: the limit itself may change, with a plan or a release."""
        return f"{'fixed' if self.bucket.is_fixed else 'moving'}:{self.bucket.name}:{self.key}"


BUCKETS = (
    Bucket("registrations", 5, Counted.ADDRESS, fields=("register",)),
    Bucket(
        "sign-ins",
        5,
        Counted.ADDRESS,
        fields=("login", "beginSignIn"),
        paths=("/auth/facebook/login", "/auth/facebook/start", "/auth/google/login", "/auth/google/start"),
    ),
    Bucket(
        "requests about passwords and addresses",
        5,
        Counted.ADDRESS,
        fields=(
            "requestPasswordReset",
            "resetPassword",
            "requestEmailVerification",
            "verifyEmail",
            "setPassword",
            "updateProfile",
        ),
    ),
    Bucket(
        "requests that start costly work",
        10,
        fields=(
            "beginConnection",
            "completeOAuth",
            "addAccessGrant",
            "connectAdAccounts",
            "refreshAdAccount",
            "refreshAdAccounts",
            "retryRefreshJob",
            "inviteMember",
            "createApiKey",
            "createTenant",
            "createCheckoutSession",
            "createBillingPortalSession",
        ),
    ),
    Bucket(
        "questions about refresh jobs",
        30,
        Counted.JOB,
        fields=("refreshJob", "refreshProgress", "node", "nodes"),
    ),
    Bucket("questions about the list of refresh jobs", 30, fields=("refreshJobs",)),
    Bucket("questions about the viewer", 20, fields=("viewer",)),
    Bucket(
        "requests for pages and the schema",
        50,
        fields=("__schema", "__type"),
        paths=("/", "/schema.graphql", "/verify-email", "/reset-password", "/accept-invitation"),
    ),
    Bucket("health checks", 100, paths=("/health", "/health/live", "/health/ready")),
)
BUCKET_OF_FIELD = {field: bucket for bucket in BUCKETS for field in bucket.fields}
BUCKET_OF_PATH = {path: bucket for bucket in BUCKETS for path in bucket.paths}

# The delay grows with the failures: minutes first, then hours, then the rest of the day.
FAILED_LOGINS = (
    Bucket("failed sign-ins", 10, Counted.ACCOUNT, 15 * MINUTE_S),
    Bucket("failed sign-ins of two hours", 20, Counted.ACCOUNT, 120 * MINUTE_S),
    Bucket("failed sign-ins of a day", 30, Counted.ACCOUNT, 24 * 60 * MINUTE_S),
)

# Letters that somebody gets without having asked for them, whichever team and person sends them.
INVITATIONS = (
    Bucket("invitations of one address", 3, Counted.ACCOUNT, 60 * MINUTE_S),
    Bucket("invitations of one address in a day", 6, Counted.ACCOUNT, 24 * 60 * MINUTE_S),
)
INVITING = Bucket("invitations", 60, Counted.ADDRESS, 60 * MINUTE_S)


def points_bucket(points: int) -> Bucket:
    """The cost of a tenant's operations, in points a minute: an operation's cost is known before it runs."""
    return Bucket("cost points", points, Counted.TENANT)


def network_of(address: str | None) -> str:
    """What counts as one caller: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    prefix = int(ip) >> (128 - IPV6_NETWORK_BITS) << (128 - IPV6_NETWORK_BITS)
    return f"{IPv6Address(prefix)}/{IPV6_NETWORK_BITS}"
