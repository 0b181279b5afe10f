"""HTTP that is not GraphQL: health, monitoring, pages, OAuth callbacks and webhooks."""
