"""The browser extension of channels that have no API: which one is paired, and the steps it is asked to do."""
