"""Read replicas: which of them may answer a query, so that nobody reads a state before one that they were told of."""
