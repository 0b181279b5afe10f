"""HTTP that is not GraphQL: health, the GraphiQL page, callbacks."""
