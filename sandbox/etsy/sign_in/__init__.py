"""How an app gets its tokens: the page on which a seller agrees, and the endpoint that mints pairs."""
