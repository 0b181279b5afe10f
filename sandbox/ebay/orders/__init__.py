"""Orders of the Fulfillment API: what was sold, sent and paid back; half a million of them on demand."""
