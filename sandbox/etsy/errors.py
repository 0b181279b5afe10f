"""Owns how Etsy refuses: a text in `error`, at some places a list of faults; must not decide when."""

from collections.abc import Mapping


class EtsyRefusal(Exception):
    """Ends a call. `body` takes the place of `{"error": text}`, such as the list of schema faults that Etsy sends."""

    def __init__(
        self, text: str, status: int = 400, *, body: object = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.body: object = {"error": text} if body is None else body
        self.headers = dict(headers or {})


def oauth_refusal(error: str, description: str, status: int) -> EtsyRefusal:
    """Of a token, in OAuth's words beside Etsy's own field."""
    return EtsyRefusal(error, status, body={"error": error, "error_description": description})


class FieldRefusal(EtsyRefusal):
    """Of a value that has the right type and cannot be: the update of a listing says so in a sentence."""

    def __init__(self, name: str, message: str, kind: str) -> None:
        super().__init__(f"There was a problem with /{name} : {message}")
        self.fault = {"path": f"/{name}", "type": kind, "message": message}

    def as_list(self) -> EtsyRefusal:
        """As the creation of a draft answers: a list, and no object."""
        return EtsyRefusal(str(self), body=[self.fault])


def field_refusal(name: str, message: str, kind: str = "invalid") -> FieldRefusal:
    return FieldRefusal(name, message, kind)


def too_short(name: str) -> EtsyRefusal:
    """Of an empty list: the schema refuses it before anybody looks, and the answer is a list itself."""
    fault = {"path": f"/{name}", "type": "array_too_short", "message": "cannot be less than 1 items"}
    return EtsyRefusal(f"/{name} cannot be less than 1 items", body=[fault])


def missing(what: str, **by: object) -> EtsyRefusal:
    """404 for a thing of the shop that is not there."""
    named = ", ".join(f"{name} = {value}" for name, value in by.items())
    return EtsyRefusal(f"Could not find a {what} with {named}", 404)
