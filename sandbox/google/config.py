"""Owns what a Google sandbox is started with; must not read the environment."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GoogleConfig:
    client_id: str
    client_secret: str = field(repr=False)
    admin_token: str = field(repr=False)
    allowed_redirects: tuple[str, ...]
