"""Loads the settings from the environment and `.env`, checks them, and creates missing secrets outside production."""

import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError

from settings.model import Settings
from settings.rules import problems


class SettingsError(Exception):
    """The settings are invalid; the message has one line per wrong variable, and no values."""


def load_settings(**overrides: Any) -> Settings:
    """The settings; raises SettingsError. Outside production, missing secrets are created and stored in DATA_DIR."""
    values: dict[str, Any] = {"_env_file": ".env", **overrides}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors(include_input=False))) from None
    if wrong := list(problems(settings)):
        raise SettingsError("\n".join(wrong))
    return settings if settings.is_production else _with_own_secrets(settings)


def _line(item: Any) -> str:
    name = str(item["loc"][0]).upper() if item["loc"] else "SETTINGS"
    return f"{name}: {item['msg']}"


def _with_own_secrets(settings: Settings) -> Settings:
    """The settings with the missing secrets, which are created once and stored under DATA_DIR for the owner alone."""
    folder = settings.data_dir / "secrets"
    made: dict[str, Any] = {}
    if settings.jwt_secret_key is None:
        made["jwt_secret_key"] = SecretStr(kept_secret(folder / "jwt_secret_key", secrets.token_urlsafe(48)))
    if settings.token_encryption_key is None:
        key = kept_secret(folder / "token_encryption_key", Fernet.generate_key().decode())
        made["token_encryption_key"] = SecretStr(key)
    return settings.model_copy(update=made)


def kept_secret(path: Path, fresh: str) -> str:
    """The secret in the file; if there is no such file, it is created with `fresh`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(fresh)
    return fresh
