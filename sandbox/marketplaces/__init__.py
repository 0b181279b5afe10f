"""What the stand-ins of marketplaces share: calls that go wrong on purpose, control over HTTP, consent, couriers."""
