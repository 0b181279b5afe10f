"""A stand-in of Stripe: customers, prices, checkout, portal, subscriptions, and events it sends."""
