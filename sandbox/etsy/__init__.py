"""A stand-in of Etsy's Open API v3 over real HTTP, as strict as Etsy is.

One address plays www, api and openapi.etsy.com. Every call is a row of a table `CALLS` (`calls.py` has the convention);
`app.py` gathers the tables, `endpoint.py` leads each call through faults, key, token, scope and limits to its function.
`state.py` is what it remembers, `shops.py` whom it knows, `control.py` how a test moves it under `/_sandbox/`.
"""
