"""The rules of the settings: each broken rule yields a line that names its variable and never shows the value."""

import re
from collections.abc import Iterator
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet

from settings.model import DocumentsMode, Settings, plain, words

SHORTEST_SECRET = 32
SHORTEST_APP_SECRET = 16
SHORTEST_TOKEN = 16
SHORTEST_AUDIT_RETENTION = 30
SHORTEST_LAG_S = 1
SHORTEST_SPACING_MS = 5_000  # between two calls of Vinted by the browser extension
# Words of sample values, a single repeated character, and keys that are typed along the keyboard: no real secret.
_SAMPLE = re.compile(
    r"change.?me|example|sample|placeholder|your[-_ ]|secret[-_ ]?key|^(.)\1*$|xxxx|1234567", re.IGNORECASE
)

# Secrets of applications, and the fewest characters that one of the vendor has.
_APP_SECRETS = {
    "META_APP_SECRET": SHORTEST_APP_SECRET,
    "GOOGLE_CLIENT_SECRET": SHORTEST_APP_SECRET,
    "EBAY_CLIENT_SECRET": SHORTEST_APP_SECRET,
    "ETSY_SHARED_SECRET": 8,
}
_SECRETS = (
    "JWT_SECRET_KEY",
    "JWT_SECRET_KEY_PREVIOUS",
    "TOKEN_ENCRYPTION_KEY",
    "METRICS_TOKEN",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "S3_SECRET_ACCESS_KEY",
    "ETSY_WEBHOOK_SECRETS",
    *_APP_SECRETS,
)
_DATABASE_URLS = ("database_url", "database_migration_url", "database_system_url", "listen_database_url")
# All of them, or none: then files are kept in a folder.
_S3 = ("s3_endpoint_url", "s3_bucket", "s3_access_key_id", "s3_secret_access_key")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_VERIFICATION_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,80}")
_EBAY = ("ebay_client_id", "ebay_client_secret", "ebay_runame")
_EBAY_URLS = ("ebay_api_url", "ebay_apiz_url", "ebay_auth_url", "ebay_graphql_url")
_ETSY_URLS = ("etsy_api_url", "etsy_token_url", "etsy_connect_url")
_WEBHOOK_SECRET = re.compile(r"(whsec_)?(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_VENDOR_URLS = ("meta_graph_url", "meta_dialog_url", "google_issuer", *_EBAY_URLS, *_ETSY_URLS, "stripe_api_url")
_POSTGRES = "postgresql://"
_LIKE_A_DATABASE = f"like {_POSTGRES}role:password@host:5432/database, with ports up to 65535"
_PORT, _LAST_PORT = re.compile(r"[0-9]{1,5}"), 65_535
_STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_\w+")
_STRIPE_PRICE = re.compile(r"[A-Z]+_(MONTH|YEAR)=price_\w+")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_url(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _urls_with_passwords(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in _DATABASE_URLS:
        yield name.upper(), getattr(settings, name) or ""
    for url in settings.database_read_url:
        yield "DATABASE_READ_URL", url
    yield "REDIS_URL", plain(settings.redis_url)
    yield "SMTP_URL", plain(settings.smtp_url)


def _is_escaped(url: str) -> bool:
    """Whether every library finds the same end of the password in the URL.

    A library that takes the first of several possible ends shows the rest of the password in its error texts.
    """
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    most = 1 if scheme.startswith("postgresql") else rest.count("@")  # only Postgres' library takes the first @
    return authority.count("@") == rest.count("@") <= most


def _is_database_url(url: str) -> bool:
    """Whether the database's libraries can take the URL apart; its options they check when they connect.

    Hosts are a list in it, each with a port of its own, or a folder behind `?host=`; no port is the usual one.
    """
    try:
        authority, query = urlsplit(url).netloc, parse_qs(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return False
    hosts = authority.rpartition("@")[2].split(",")
    if len(hosts) > 1 and not all(hosts):
        return False  # psycopg takes an empty one of several for this machine's socket, asyncpg fails at it
    ports = [port for host in hosts for port in re.findall(r":([^:\]]*)$", host)]
    ports += [port for ports in query.get("port", []) for port in ports.split(",")]
    return all(port == "" or (_PORT.fullmatch(port) and 0 < int(port) <= _LAST_PORT) for port in ports)


def role_of(url: str) -> str | None:
    """The role that a database's URL names, as its user or behind `?user=`; None where the library takes its own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    named = parse_qs(parts.query).get("user")
    return named[-1] if named else parts.username


def _is_origin(text: str) -> bool:
    return is_url(text, "http", "https") and text.count("/") == 2  # noqa: PLR2004 - the two of "://"


def problems(settings: Settings) -> Iterator[str]:
    """A line for each rule that the settings break."""
    yield from _of_everybody(settings)
    yield from _of_production(settings) if settings.is_production else _of_development(settings)


def _of_everybody(settings: Settings) -> Iterator[str]:
    yield from _of_addresses(settings)
    yield from _of_databases(settings)
    if (settings.meta_app_id is None) != (settings.meta_app_secret is None):
        yield "META_APP_SECRET: META_APP_ID and META_APP_SECRET belong together."
    if (settings.google_client_id is None) != (settings.google_client_secret is None):
        yield "GOOGLE_CLIENT_SECRET: GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET belong together."
    yield from _of_ebay(settings)
    yield from _of_etsy(settings)
    yield from _of_callers(settings)
    yield from _of_secrets(settings)
    yield from _of_mail(settings)
    if 0 < settings.audit_retention_days < SHORTEST_AUDIT_RETENTION:
        yield f"AUDIT_RETENTION_DAYS: must be 0, for ever, or at least {SHORTEST_AUDIT_RETENTION}."
    yield from _of_stripe(settings)
    yield from _of_storage(settings)
    if settings.documents is DocumentsMode.TRUSTED and settings.documents_file is None:
        yield "DOCUMENTS_FILE: is required with DOCUMENTS=trusted, which runs nothing but its documents."


def _of_ebay(settings: Settings) -> Iterator[str]:
    given = [name for name in _EBAY if getattr(settings, name) is not None]
    for name in _EBAY if given else ():
        if name not in given:
            yield f"{name.upper()}: is required with {given[0].upper()}."
    if is_url(settings.ebay_runame or "", "http", "https"):
        yield "EBAY_RUNAME: must be the name that eBay gave to the redirect, such as Acme-Acme-Ads-abcdef, and no URL."
    token = plain(settings.ebay_verification_token)
    if token and not _VERIFICATION_TOKEN.fullmatch(token):
        yield "EBAY_VERIFICATION_TOKEN: must have 32 to 80 letters, digits, hyphens and underscores."
    if not all(is_url(scope, "https") for scope in settings.ebay_scopes):
        yield "EBAY_SCOPES: each must be like https://api.ebay.com/oauth/api_scope/sell.inventory."


def _of_etsy(settings: Settings) -> Iterator[str]:
    if (settings.etsy_keystring is None) != (settings.etsy_shared_secret is None):
        yield "ETSY_SHARED_SECRET: ETSY_KEYSTRING and ETSY_SHARED_SECRET belong together."
    secrets = settings.etsy_signing_secrets
    if secrets and settings.etsy_keystring is None:
        yield "ETSY_WEBHOOK_SECRETS: needs ETSY_KEYSTRING."
    if not all(_WEBHOOK_SECRET.fullmatch(secret) for secret in secrets):
        yield "ETSY_WEBHOOK_SECRETS: each must be like whsec_ and base64, as Etsy's webhook portal shows it."


def _of_addresses(settings: Settings) -> Iterator[str]:
    for name in ("return_origins", "cors_origins"):
        for origin in getattr(settings, name):
            if not _is_origin(origin):
                yield f"{name.upper()}: {origin!r} is no origin like https://app.example.com."
    for name in ("public_url", "app_url"):
        if getattr(settings, name) and not is_url(getattr(settings, name), "http", "https"):
            yield f"{name.upper()}: must be an http or https URL."
    for name in (*_VENDOR_URLS, "s3_endpoint_url", "otel_exporter_otlp_endpoint"):
        if (url := getattr(settings, name)) is not None and not is_url(url, "http", "https"):
            yield f"{name.upper()}: must be an http or https URL."
    if settings.fx_rates_url is not None and not is_url(plain(settings.fx_rates_url), "http", "https"):
        yield "FX_RATES_URL: must be an http or https URL."


def _of_callers(settings: Settings) -> Iterator[str]:
    for proxy in settings.trusted_proxies:
        try:
            ip_network(proxy)
        except ValueError:
            yield f"TRUSTED_PROXIES: {proxy!r} is no address or network like 10.0.0.0/8."
    if settings.redis_url is not None and not is_url(plain(settings.redis_url), "redis", "rediss"):
        yield "REDIS_URL: must begin with redis:// or rediss:// and name a host."
    for name, url in _urls_with_passwords(settings):
        if not _is_escaped(url):
            yield f"{name}: in a password write / as %2F, @ as %40, ? as %3F, # as %23 and % as %25."


def _of_databases(settings: Settings) -> Iterator[str]:
    for name in _DATABASE_URLS:
        url = getattr(settings, name)
        if url is None:
            continue
        if not url.startswith(_POSTGRES):
            yield f"{name.upper()}: must begin with {_POSTGRES}."
        elif not _is_database_url(url):
            yield f"{name.upper()}: must be {_LIKE_A_DATABASE}."
    if settings.database_url is None and (settings.database_system_url or settings.database_migration_url):
        yield "DATABASE_URL: set it too, or none of the DATABASE_ variables for the embedded Postgres."
    if settings.database_url is not None and settings.database_system_url is None:
        yield "DATABASE_SYSTEM_URL: set it beside DATABASE_URL."
    yield from _of_roles(settings)
    yield from _of_replicas(settings)


def _of_roles(settings: Settings) -> Iterator[str]:
    """Clients are answered as the runtime role: row-level security keeps tenants apart for it, not for the others."""
    others = {
        role: name.upper()
        for name in ("database_migration_url", "database_system_url")
        if (role := role_of(getattr(settings, name) or "")) is not None
    }
    reads = (("DATABASE_READ_URL", url) for url in settings.database_read_url)
    for name, url in (("DATABASE_URL", settings.database_url or ""), *reads):
        if (role := role_of(url)) in others:
            yield f"{name}: must be the runtime role's, which row-level security binds; {role} is of {others[role]}."


def _of_replicas(settings: Settings) -> Iterator[str]:
    urls = settings.database_read_url
    if not all(url.startswith(_POSTGRES) for url in urls):
        yield f"DATABASE_READ_URL: each URL must begin with {_POSTGRES}."
    elif not all(map(_is_database_url, urls)):
        yield f"DATABASE_READ_URL: each URL must be {_LIKE_A_DATABASE}."
    elif not all(map(role_of, urls)):
        # The driver would take PGUSER or the account of the process, whose rights nobody has looked at.
        yield "DATABASE_READ_URL: each URL must name the runtime role, as in postgresql://adgraph_runtime:...@host/database."
    if urls and settings.database_url is None:
        yield "DATABASE_READ_URL: needs DATABASE_URL; the embedded Postgres has no replica."
    if len(set(urls)) != len(urls) or settings.database_url in urls:
        yield "DATABASE_READ_URL: names a server twice, or the one of DATABASE_URL."
    if not settings.read_max_lag_s >= SHORTEST_LAG_S:
        yield f"READ_MAX_LAG: must be a duration of at least {SHORTEST_LAG_S}s, such as 5s, 1500ms or 2min."


def _of_secrets(settings: Settings) -> Iterator[str]:
    for name in ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS"):
        secret = plain(getattr(settings, name.lower()))
        if secret and len(secret.encode()) < SHORTEST_SECRET:
            yield f"{name}: must have at least {SHORTEST_SECRET} bytes."
    if settings.metrics_token and len(plain(settings.metrics_token)) < SHORTEST_TOKEN:
        yield f"METRICS_TOKEN: must have at least {SHORTEST_TOKEN} characters."
    for key in settings.encryption_keys:
        try:
            Fernet(key)
        except ValueError:
            yield "TOKEN_ENCRYPTION_KEY: each key must be 32 random bytes in url-safe base64 (a Fernet key)."
    keys = settings.encryption_keys
    if len(set(keys)) != len(keys):
        yield "TOKEN_ENCRYPTION_KEY: holds a key twice."
    seen: dict[str, str] = {}
    for name in _SECRETS:
        secret = plain(getattr(settings, name.lower()))
        if secret and secret in seen:
            yield f"{name}: repeats {seen[secret]}; every secret must be its own."
        seen.setdefault(secret, name)


def _of_mail(settings: Settings) -> Iterator[str]:
    if (settings.smtp_url is None) != (settings.mail_from is None):
        yield "MAIL_FROM: SMTP_URL and MAIL_FROM belong together."
    if settings.mail_from is not None and "@" not in parseaddr(settings.mail_from)[1]:
        yield "MAIL_FROM: must be an address, such as Adgraph <adgraph@example.com>."
    url = plain(settings.smtp_url)
    if url and not is_url(url, "smtps", "smtp", "smtp+insecure"):
        yield "SMTP_URL: must be like smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465."
    elif url.startswith("smtp+insecure:") and settings.is_production and not is_loopback(urlsplit(url).hostname or ""):
        yield "SMTP_URL: smtp+insecure sends letters and passwords in clear; only to this machine in production."


def _of_stripe(settings: Settings) -> Iterator[str]:
    """Rules about Stripe's variables; which prices there must be is known to services/billing/plans.py alone."""
    key, is_paid_for = plain(settings.stripe_secret_key), settings.stripe_secret_key is not None
    if is_paid_for and not _STRIPE_KEY.fullmatch(key):
        yield "STRIPE_SECRET_KEY: must be a secret or a restricted key, such as sk_live_..."
    for name in ("stripe_webhook_secret", "stripe_price_ids"):
        if is_paid_for and not getattr(settings, name):
            yield f"{name.upper()}: is required with STRIPE_SECRET_KEY."
        if getattr(settings, name) and not is_paid_for:
            yield f"{name.upper()}: needs STRIPE_SECRET_KEY."
    if not all(secret.startswith("whsec_") for secret in settings.stripe_webhook_secrets):
        yield "STRIPE_WEBHOOK_SECRET: each must be a signing secret, whsec_..."
    if not all(_STRIPE_PRICE.fullmatch(each) for each in settings.stripe_price_ids):
        yield "STRIPE_PRICE_IDS: each must be like PRO_MONTH=price_..."


def _of_storage(settings: Settings) -> Iterator[str]:
    given = [name for name in _S3 if getattr(settings, name) is not None]
    for name in _S3 if given else ():
        if name not in given:
            yield f"{name.upper()}: is required with {given[0].upper()}."
    if settings.s3_bucket is not None and not _BUCKET.fullmatch(settings.s3_bucket):
        yield "S3_BUCKET: must be a bucket's name: 3 to 63 small letters, digits, dots and dashes."


def _of_development(settings: Settings) -> Iterator[str]:
    if not is_loopback(settings.host):
        yield f"HOST: outside production only a loopback address is served, such as 127.0.0.1, not {settings.host}."
    if settings.public_url and not is_loopback(urlsplit(settings.public_url).hostname or ""):
        yield "PUBLIC_URL: outside production it must be a loopback address; set APP_ENV=production for a public one."


def _of_production(settings: Settings) -> Iterator[str]:
    for name in ("DATABASE_URL", "DATABASE_SYSTEM_URL", "JWT_SECRET_KEY", "TOKEN_ENCRYPTION_KEY"):
        if getattr(settings, name.lower()) is None:
            yield f"{name}: is required in production."
    if settings.meta_app_id is None:
        yield "META_APP_ID: is required in production, with META_APP_SECRET."
    yield from _of_production_secrets(settings)
    if settings.relay_spacing_ms < SHORTEST_SPACING_MS:
        yield f"RELAY_SPACING_MS: must be at least {SHORTEST_SPACING_MS} in production."
    if not is_url(settings.public_url, "https"):
        yield "PUBLIC_URL: must be the https URL that people open."
    for name in _VENDOR_URLS:
        url = getattr(settings, name)
        if not is_url(url, "https") or is_loopback(urlsplit(url).hostname or ""):
            yield f"{name.upper()}: must be https and not this machine; no sandbox serves production."
    if settings.s3_endpoint_url is not None and not is_url(settings.s3_endpoint_url, "https"):
        yield "S3_ENDPOINT_URL: must be https in production: links to files are made of it."
    if settings.fx_rates_url is not None and not is_url(plain(settings.fx_rates_url), "https"):
        yield "FX_RATES_URL: must be https in production, since money is converted by what comes from there."


def _of_production_secrets(settings: Settings) -> Iterator[str]:
    for name, shortest in _APP_SECRETS.items():
        if 0 < len(plain(getattr(settings, name.lower()))) < shortest:
            yield f"{name}: must have at least {shortest} characters."
    for name in _SECRETS:
        if any(_SAMPLE.search(word) for word in words(plain(getattr(settings, name.lower())))):
            yield f"{name}: is a sample value; make one of your own."
