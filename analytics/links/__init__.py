"""How it is found which products an ad advertises: addresses that are the same page, SKUs in names; does no I/O."""
