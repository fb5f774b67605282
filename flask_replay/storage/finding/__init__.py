"""Finding recordings: filters, indexes, orders, pages of a list."""
