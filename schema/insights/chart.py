"""Chart: the link to a picture of a question about insights."""

from datetime import datetime

import strawberry

from schema.field import field


@strawberry.type(description="A picture of a question about insights, as SVG.")
class Chart:
    url: str = field(
        description="Where the picture is, for whoever has the address, also in an `<img>`. It is drawn anew each "
        "time, with the numbers of that moment: presets such as LAST_7_DAYS move on. It ends sooner where whoever "
        "asked for it leaves the team."
    )
    expires_at: datetime = field(description="Until when the address works: 7 days, rounded up to the hour.")
