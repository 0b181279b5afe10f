"""Payment disputes (chargebacks) of the Fulfillment API: evidence first, then contest or accept."""
