"""The environment, read once: one frozen Settings, checked as a whole, each wrong variable named."""

import os
import re
import secrets
from collections.abc import Iterator
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SHORTEST_SECRET = 32
SHORTEST_APP_SECRET = 16
SHORTEST_TOKEN = 16
_SAMPLE = re.compile(
    r"change.?me|example|sample|placeholder|your[-_ ]|secret[-_ ]?key|^(.)\1*$|xxxx|1234567", re.IGNORECASE
)

_SECRETS = ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS", "TOKEN_ENCRYPTION_KEY", "META_APP_SECRET", "METRICS_TOKEN")


class SettingsError(Exception):
    """The settings are wrong; the message is one line per variable, without values."""


class AppEnv(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class WorkerMode(StrEnum):
    INLINE = "inline"
    EXTERNAL = "external"


class SandboxMode(StrEnum):
    AUTO = "auto"
    OFF = "off"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _words(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _without_slash(value: Any) -> Any:
    return value.rstrip("/") if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Text = Annotated[str | None, BeforeValidator(_none_if_blank)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_blank)]
Switch = Annotated[bool | None, BeforeValidator(_none_if_blank)]


class Settings(BaseSettings):
    """Every variable is explained in .env.example."""

    model_config = SettingsConfigDict(frozen=True, case_sensitive=False, extra="ignore", env_file_encoding="utf-8")

    app_env: Annotated[AppEnv, BeforeValidator(_lower)] = AppEnv.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Annotated[str, BeforeValidator(_without_slash)] = ""
    return_origins: Words = ()
    cors_origins: Words = ()
    data_dir: Path = Path(".data")
    database_url: Text = None
    database_migration_url: Text = None
    database_system_url: Text = None
    listen_database_url: Text = None
    worker: Annotated[WorkerMode, BeforeValidator(_lower)] = WorkerMode.INLINE
    jwt_secret_key: Secret = None
    jwt_secret_key_previous: Secret = None
    token_encryption_key: Secret = None
    meta_app_id: Text = None
    meta_app_secret: Secret = None
    meta_api_version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v26.0"
    meta_graph_url: str = "https://graph.facebook.com"
    meta_dialog_url: str = "https://www.facebook.com"
    sandbox: Annotated[SandboxMode, BeforeValidator(_lower)] = SandboxMode.AUTO
    app_url: Annotated[str, BeforeValidator(_without_slash)] = ""
    smtp_url: Secret = None
    mail_from: Text = None
    graphiql: Switch = None
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO
    metrics_port: Annotated[Annotated[int, Field(ge=0, le=65535)] | None, BeforeValidator(_none_if_blank)] = None
    metrics_token: Secret = None
    otel_exporter_otlp_endpoint: Text = None
    sentry_dsn: Secret = None

    @model_validator(mode="after")
    def _all_at_once(self) -> Self:
        wrong = [*_of_everybody(self), *(_of_production(self) if self.is_production else _of_development(self))]
        if wrong:
            raise SettingsError("\n".join(wrong))
        return self

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def is_embedded(self) -> bool:
        """Whether we bring our own Postgres."""
        return self.database_url is None

    @property
    def uses_sandbox(self) -> bool:
        """Whether the stand-in of Meta runs: wherever it may, unless it is off or a real app is configured."""
        return not self.is_production and self.sandbox is SandboxMode.AUTO and self.meta_app_id is None

    @property
    def shows_graphiql(self) -> bool:
        return not self.is_production if self.graphiql is None else self.graphiql

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The first encrypts, all decrypt."""
        return _words(_plain(self.token_encryption_key)) if self.token_encryption_key else ()


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`; raises SettingsError. Outside production, missing secrets are made."""
    values: dict[str, Any] = {"_env_file": ".env", **overrides}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors(include_input=False))) from None
    return settings if settings.is_production else _with_own_secrets(settings)


def _line(item: Any) -> str:
    name = str(item["loc"][0]).upper() if item["loc"] else "SETTINGS"
    return f"{name}: {item['msg']}"


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_url(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)


def _is_origin(text: str) -> bool:
    return _is_url(text, "http", "https") and text.count("/") == 2  # noqa: PLR2004 - the two of "://"


def _of_everybody(settings: Settings) -> Iterator[str]:
    yield from _of_addresses(settings)
    yield from _of_databases(settings)
    if (settings.meta_app_id is None) != (settings.meta_app_secret is None):
        yield "META_APP_SECRET: META_APP_ID and META_APP_SECRET belong together."
    yield from _of_secrets(settings)
    yield from _of_mail(settings)


def _of_addresses(settings: Settings) -> Iterator[str]:
    for name in ("return_origins", "cors_origins"):
        for origin in getattr(settings, name):
            if not _is_origin(origin):
                yield f"{name.upper()}: {origin!r} is no origin like https://app.example.com."
    for name in ("public_url", "app_url"):
        if getattr(settings, name) and not _is_url(getattr(settings, name), "http", "https"):
            yield f"{name.upper()}: must be an http or https URL."
    for name in ("meta_graph_url", "meta_dialog_url", "otel_exporter_otlp_endpoint"):
        if (url := getattr(settings, name)) is not None and not _is_url(url, "http", "https"):
            yield f"{name.upper()}: must be an http or https URL."


def _of_databases(settings: Settings) -> Iterator[str]:
    for name in ("database_url", "database_migration_url", "database_system_url", "listen_database_url"):
        url = getattr(settings, name)
        if url is not None and not url.startswith("postgresql://"):
            yield f"{name.upper()}: must begin with postgresql://."
    if settings.database_url is None and (settings.database_system_url or settings.database_migration_url):
        yield "DATABASE_URL: set it too, or none of the DATABASE_ variables for the embedded Postgres."
    if settings.database_url is not None and settings.database_system_url is None:
        yield "DATABASE_SYSTEM_URL: set it beside DATABASE_URL."


def _of_secrets(settings: Settings) -> Iterator[str]:
    for name in ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS"):
        secret = _plain(getattr(settings, name.lower()))
        if secret and len(secret.encode()) < SHORTEST_SECRET:
            yield f"{name}: must have at least {SHORTEST_SECRET} bytes."
    if settings.metrics_token and len(_plain(settings.metrics_token)) < SHORTEST_TOKEN:
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
        secret = _plain(getattr(settings, name.lower()))
        if secret and secret in seen:
            yield f"{name}: repeats {seen[secret]}; every secret must be its own."
        seen.setdefault(secret, name)


def _of_mail(settings: Settings) -> Iterator[str]:
    if (settings.smtp_url is None) != (settings.mail_from is None):
        yield "MAIL_FROM: SMTP_URL and MAIL_FROM belong together."
    if settings.mail_from is not None and "@" not in parseaddr(settings.mail_from)[1]:
        yield "MAIL_FROM: must be an address, such as Adgraph <adgraph@example.com>."
    url = _plain(settings.smtp_url)
    if url and not _is_url(url, "smtps", "smtp", "smtp+insecure"):
        yield "SMTP_URL: must be like smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465."
    elif url.startswith("smtp+insecure:") and settings.is_production and not _is_loopback(urlsplit(url).hostname or ""):
        yield "SMTP_URL: smtp+insecure sends letters and passwords in clear; only to this machine in production."


def _of_development(settings: Settings) -> Iterator[str]:
    if not _is_loopback(settings.host):
        yield f"HOST: outside production only a loopback address is served, such as 127.0.0.1, not {settings.host}."
    if settings.public_url and not _is_loopback(urlsplit(settings.public_url).hostname or ""):
        yield "PUBLIC_URL: outside production it must be a loopback address; set APP_ENV=production for a public one."


def _of_production(settings: Settings) -> Iterator[str]:
    for name in ("DATABASE_URL", "DATABASE_SYSTEM_URL", "JWT_SECRET_KEY", "TOKEN_ENCRYPTION_KEY"):
        if getattr(settings, name.lower()) is None:
            yield f"{name}: is required in production."
    if settings.meta_app_id is None:
        yield "META_APP_ID: is required in production, with META_APP_SECRET."
    if settings.meta_app_secret and len(_plain(settings.meta_app_secret)) < SHORTEST_APP_SECRET:
        yield f"META_APP_SECRET: must have at least {SHORTEST_APP_SECRET} characters."
    for name in _SECRETS:
        if any(_SAMPLE.search(word) for word in _words(_plain(getattr(settings, name.lower())))):
            yield f"{name}: is a sample value; make one of your own."
    if not _is_url(settings.public_url, "https"):
        yield "PUBLIC_URL: must be the https URL that people open."
    for name in ("meta_graph_url", "meta_dialog_url"):
        url = getattr(settings, name)
        if not _is_url(url, "https") or _is_loopback(urlsplit(url).hostname or ""):
            yield f"{name.upper()}: must be https and not this machine; the sandbox never serves production."


def _with_own_secrets(settings: Settings) -> Settings:
    """Development and tests: secrets made once and kept under DATA_DIR, readable by their owner alone."""
    folder = settings.data_dir / "secrets"
    made: dict[str, Any] = {}
    if settings.jwt_secret_key is None:
        made["jwt_secret_key"] = SecretStr(kept_secret(folder / "jwt_secret_key", secrets.token_urlsafe(48)))
    if settings.token_encryption_key is None:
        key = kept_secret(folder / "token_encryption_key", Fernet.generate_key().decode())
        made["token_encryption_key"] = SecretStr(key)
    return settings.model_copy(update=made)


def kept_secret(path: Path, fresh: str) -> str:
    """The secret in the file, which is made with `fresh` when it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(fresh)
    return fresh
