"""The Account API: the policies of a seller, the programs, what the seller may do."""
