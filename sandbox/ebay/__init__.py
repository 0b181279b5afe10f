"""A stand-in of eBay's sell APIs over real HTTP, as strict as eBay is.

One address plays api, apiz, auth and graphqlapi. Every call of an API is a row of a table `CALLS` (`calls.py` has the
convention); `app.py` gathers the tables, `endpoint.py` leads each call through faults, token, scope, quota and gates to
its function. `state.py` is what it remembers, `sellers.py` whom it knows, `control.py` how a test moves it under
`/_sandbox/`. An API that has more than one module is a folder, with the errors that are its own in `problems.py`.
"""
