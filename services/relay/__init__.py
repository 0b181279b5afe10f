"""The browser extensions of channels that have no API: how they are paired, and the work that they are given."""
