"""Toolbox: everything that use cases work with, made once per process in server.py or worker.py."""

from dataclasses import dataclass

from models.database import Database


@dataclass(frozen=True, slots=True)
class Toolbox:
    db: Database
    public_url: str
    return_origins: tuple[str, ...]
