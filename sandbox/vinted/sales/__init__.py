"""What was bought: the list of orders and the transactions behind it."""
