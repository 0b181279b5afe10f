"""What sellers do about orders at their channels: send them, pay back, cancel."""
