"""A package of two modules and a file of data."""
