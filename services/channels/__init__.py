"""Channels: connects, renews, changes, disconnects and lists where a tenant sells."""
