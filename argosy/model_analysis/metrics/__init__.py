"""Metrics: each is a formula over accumulators that it shares with the others.

`catalogue.py` lists them by class name, `plan.py` says which ones an EvalConfig asks for.
"""
