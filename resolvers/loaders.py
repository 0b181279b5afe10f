"""Every loader of the API, one line each, named `<rows>_by_<key>`."""

from dataclasses import dataclass, field
from typing import Any

from auth.viewer import Viewer
from models.database import Database


@dataclass
class Loaders:
    """Made anew for each operation, mutation field and subscription event: nothing loaded outlives them."""

    db: Database
    viewer: Viewer | None
    made: dict[str, Any] = field(default_factory=dict)
