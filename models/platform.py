"""The ad platforms that accounts, campaigns and grants belong to."""

from enum import StrEnum


class Platform(StrEnum):
    META = "META"
