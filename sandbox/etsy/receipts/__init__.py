"""What buyers have bought: receipts, their payments, parcels and refunds."""
