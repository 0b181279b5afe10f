"""Returns, cancellations and inquiries by eBay's GraphQL APIs, and payment disputes by REST, as cases."""
