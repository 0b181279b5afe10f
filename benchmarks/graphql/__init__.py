"""`python -m benchmarks.graphql`: the same answers from Adgraph, others and by hand, each on a server of its own."""
