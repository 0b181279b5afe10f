"""Digital signatures: keys that an app asks for, and the check of the messages that it signs with them."""
