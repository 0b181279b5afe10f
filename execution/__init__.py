"""How an operation runs: limits, cost, error masking, transport. Knows GraphQL, not our domain."""
