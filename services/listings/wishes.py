"""What people may say of listings, and the words in which it is kept; reads no rows."""

# Fields in which a listing at its channel may differ from its product, by their names in the API.
DRIFTING = ("title", "price", "currency", "quantity")
# Of a listing that could not be published; the rest is left out.
MOST_PROBLEMS = 50
