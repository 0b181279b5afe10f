"""Texts for callers whose credentials are refused: which kind they sent, and what to send instead.

A text depends only on the form of what was sent, or on what our own signature has proved, so none helps in guessing.
"""

NOT_BEARER = "Authorization must read `Bearer <access token or API key>`."
REFRESH_TOKEN = "This is a refresh token: trade it by refreshSession, and send the access token."  # noqa: S105 - a text
EXPIRED = "The access token has expired: trade the refresh token for a new one by refreshSession."
INVALID = "This is no access token of this server, or its session has ended: sign in again."
CUT_OFF_KEY = "This is no whole API key: copy all of it, from `agk_` to its last character."
UNKNOWN_KEY = "There is no such API key, or it was revoked or has expired: make one by createApiKey."
CUT_OFF_AGENT = "This is no whole token of a browser extension: pair the extension again."
UNKNOWN_AGENT = "This browser extension is not paired any more: pair it again, with a new code of its channel."
AGENT_TOKEN = "This is the token of a browser extension, which works its channel over GraphQL and does nothing else."  # noqa: S105 - a text
OTHER_ROLE = "Your role or tenant has changed: connect again."
IN_SOCKET_HEADERS = (
    'A WebSocket takes the token in the payload of connection_init, {"authorization": "Bearer <access token or API '
    'key>"}, and in no header.'
)
