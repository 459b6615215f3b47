"""Argosy: production ML pipelines on Kubernetes. Holds the version and imports nothing."""

__version__ = "0.1.0"
