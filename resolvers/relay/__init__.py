"""The fields of browser extensions, and what people see of them."""
