"""How an operation is run: limits, cost, error masking, transports. Knows GraphQL, but nothing of ads or tenants."""
