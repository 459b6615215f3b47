"""Rows of two datasets side by side: joined by features that identify them, compared feature by feature."""
