"""Statistics of a dataset: what they are, how they come from rows, and their proto."""
