"""What is done with marketplaces: the table of jobs, and the named queries on it."""
