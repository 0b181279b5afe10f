"""What items are described by: categories, conditions, colours, brands, sizes, materials, sizes of parcels."""
