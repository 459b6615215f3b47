"""Validation: what of the statistics does not fit the schema, and what would make the schema fit."""
