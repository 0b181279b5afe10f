"""eBay as a marketplace: REST and GraphQL calls of one app, decoded to the product's own records."""
