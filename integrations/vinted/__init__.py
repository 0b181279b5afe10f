"""Vinted, which has no API: every call is made by the browser extension of the member who is signed in there."""
