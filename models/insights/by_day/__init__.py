"""What is read of days by themselves, for statistics over them."""
