"""The values of a statement by the names under which they are bound; a statement itself has none."""

from typing import Any


class Values:
    """Collects values and gives out names: equal questions get equal names, so that their statements are equal."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """The name under which `value` is bound."""
        name = f"value_{len(self.by_name)}"
        self.by_name[name] = value
        return name

    def add_given(self, value: Any) -> str | None:
        """The same; None for a value that was not given."""
        return None if value is None else self.add(value)

    def name(self, name: str, value: Any) -> str:
        """Binds `value` under a name that follows from the place in the statement."""
        self.by_name[name] = value
        return name
