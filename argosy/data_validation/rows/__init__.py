"""Rows judged one by one by a schema: for a server that asks before it predicts, and to tell which rows are wrong."""
