"""The words of the protocol that the API shows; they are declared beside the port through which jobs ask for steps."""

from integrations.vinted.relay import RelayErrorCode, RelayOperation

__all__ = ["RelayErrorCode", "RelayOperation"]
