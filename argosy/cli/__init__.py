"""The `argosy` command: parsing and printing only; the work is in the areas below.

One file for each command, imported when it is called, so that `argosy --help` and a cached run start at once.
"""

__all__: list[str] = []
