"""The Notification API: topics, destinations that answer a challenge, subscriptions, and signed messages."""
