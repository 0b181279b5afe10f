"""Browser extensions: what people see of them, and what they themselves ask for."""
