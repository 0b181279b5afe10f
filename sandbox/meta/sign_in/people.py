"""Owns the apps that people connect with, and what each app calls a person; must not know tokens."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class App:
    """An app of Meta. Its callbacks may also be given later, when the server that takes them is up."""

    app_id: str
    app_secret: str = field(repr=False)
    allowed_redirects: tuple[str, ...] = ()
    deauthorize_url: str | None = None
    deletion_url: str | None = None


@dataclass(frozen=True, slots=True)
class AppBook:
    """The first app is the one that pinned tokens belong to."""

    apps: tuple[App, ...]

    @property
    def main(self) -> App:
        return self.apps[0]

    def find(self, app_id: str | None) -> App | None:
        return next((app for app in self.apps if app.app_id == app_id), None)

    def of(self, app_id: str) -> App:
        """The app of a token or of an order; tokens of the main app name none."""
        app = self.find(app_id) if app_id else self.main
        if app is None:
            raise ValueError(f"{app_id} is no app of this sandbox")
        return app

    def name(self, app: App) -> str:
        """How a token names its app, so that the main app's tokens outlive a change of its id."""
        return "" if app == self.main else app.app_id

    def user_id(self, app: App, person_id: str) -> str:
        """Ids of users are scoped to the app: the same person is another user in every app."""
        return str(int(person_id) + self.apps.index(app) * 10_000)
