"""Owns what a Meta sandbox is started with; must not read the environment."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sandbox.meta.insights.row_cache import KEPT_ROWS
from sandbox.meta.sign_in.people import App, AppBook
from sandbox.meta.trouble.limits import Heaviness, Throttle


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """`today=None` follows the real clock. `state_path` keeps tokens and the start of history over restarts."""

    app_id: str
    app_secret: str = field(repr=False)
    admin_token: str = field(repr=False)
    allowed_redirects: tuple[str, ...] = ()
    deauthorize_url: str | None = None
    deletion_url: str | None = None
    # The same people behind more apps, each with its own ids for them.
    other_apps: tuple[App, ...] = ()
    seed: int = 7
    today: date | None = None
    state_path: Path | None = None
    # An extra account act_9000 in which this many ads deliver on every day, for benchmarks.
    extra_ads: int = 0
    # Printed rows that are kept, about 2 KB each: making a row takes five times as long as sending it again.
    cached_rows: int = KEPT_ROWS
    # Meta lets an app require appsecret_proof on server calls; strict is what production apps use.
    require_proof: bool = True
    # None: report runs and limits live by the sandbox's clock; a number: by real seconds times that number.
    time_scale: float | None = None
    # Shortest and longest life of a report run; each run's own is drawn from the seed.
    run_seconds: tuple[float, float] = (0.0, 0.0)
    # Meta has answered ids of report runs both as text and as number.
    has_numeric_run_ids: bool = False
    # Whether accounts have opted in to the breakdowns that Meta gives out no rows for otherwise.
    has_opted_in: bool = True
    # Before every answer, as over a distance.
    latency_s: float = 0.0
    # None counts no calls: headers stay low, and nothing is refused but by an admin's word.
    throttle: Throttle | None = None
    heaviness: Heaviness = field(default_factory=Heaviness)

    @property
    def apps(self) -> AppBook:
        main = App(self.app_id, self.app_secret, self.allowed_redirects, self.deauthorize_url, self.deletion_url)
        return AppBook((main, *self.other_apps))

    def __post_init__(self) -> None:
        for name in ("app_id", "app_secret", "admin_token"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
