"""Owns Meta's error envelope and the errors the sandbox raises; must not decide when to raise them."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class GraphError(Exception):
    message: str
    code: int
    subcode: int | None = None
    status: int = 400
    kind: str = "OAuthException"
    is_transient: bool = False
    # What the platform's own pages would show the person.
    user_title: str | None = None
    user_message: str | None = None

    def envelope(self, trace_id: str) -> dict[str, object]:
        error: dict[str, object] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient:
            error["is_transient"] = True
        if self.user_title is not None:
            error["error_user_title"] = self.user_title
        if self.user_message is not None:
            error["error_user_msg"] = self.user_message
        return {"error": error | {"fbtrace_id": trace_id}}


def bad_parameter(message: str) -> GraphError:
    return GraphError(f"(#100) {message}", 100)


def missing_object(object_id: str) -> GraphError:
    """What does not exist and what the token may not see look the same."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return GraphError(message, 100, 33, kind="GraphMethodException")


def missing_scope(scope: str) -> GraphError:
    if scope == "ads_read":
        message = "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
    else:
        message = f"(#200) Requires {scope} permission to manage the object"
    return GraphError(message, 200, status=403)


def unknown_path(path: str) -> GraphError:
    return GraphError(f"Unknown path components: /{path}", 2500)


def no_token() -> GraphError:
    return GraphError("An active access token must be used to query information about the current user.", 2500)


def unreadable_token() -> GraphError:
    return GraphError("Invalid OAuth access token - Cannot parse access token", 190)


_SESSION_ERRORS = {
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: The user has to log in at www.facebook.com to pass a checkpoint.",
    460: "Error validating access token: The session has been invalidated because the user changed their password.",
    463: "Error validating access token: Session has expired.",
    464: "Error validating access token: The user is not a confirmed user.",
    467: "Error validating access token: The access token has been invalidated.",
    492: "Error validating access token: The user no longer has a role on the Page or the business.",
    493: "Error validating access token: The user hasn't engaged the app in longer than 90 days.",
}


SESSION_SUBCODES = frozenset(_SESSION_ERRORS)


def session_error(subcode: int) -> GraphError:
    return GraphError(_SESSION_ERRORS[subcode], 190, subcode)


def too_much_data() -> GraphError:
    return GraphError("Please reduce the amount of data you're asking for, then retry your request", 1, 99, 500)


def run_not_loadable() -> GraphError:
    message = "(#2601) Error accessing adreport job: it is not completed yet or cannot be loaded"
    return GraphError(message, 2601, 1815107, is_transient=True)
