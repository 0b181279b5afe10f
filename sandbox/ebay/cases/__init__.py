"""Returns, cancellations and inquiries of eBay's GraphQL APIs, with the states that they run through."""
