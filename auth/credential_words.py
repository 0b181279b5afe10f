"""What a caller is told of the credentials they sent: which kind they are, and what to send instead.

A text tells a kind apart by its form alone, or by what a signature of ours has proved: none helps somebody who guesses.
"""

NOT_BEARER = "Authorization must read `Bearer <access token or API key>`."
REFRESH_TOKEN = "This is a refresh token: trade it by refreshSession, and send the access token."  # noqa: S105 - a text
EXPIRED = "The access token has expired: trade the refresh token for a new one by refreshSession."
INVALID = "This is no access token of this server, or its session has ended: sign in again."
CUT_OFF_KEY = "This is no whole API key: copy all of it, from `agk_` to its last character."
UNKNOWN_KEY = "There is no such API key, or it was revoked or has expired: make one by createApiKey."
OTHER_ROLE = "Your role or tenant has changed: connect again."
IN_SOCKET_HEADERS = (
    'A WebSocket takes the token in the payload of connection_init, {"authorization": "Bearer <access token or API '
    'key>"}, and in no header.'
)
