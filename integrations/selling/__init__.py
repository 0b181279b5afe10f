"""What every marketplace offers the product: its records and its protocol, without the name of one."""
