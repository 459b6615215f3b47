"""Settings of the whole suite."""

import os

from hypothesis import settings

# The same examples on every run: a suite that decides whether a change lands must not roll dice. ARGOSY_EXPLORE=1 does.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("explore" if os.environ.get("ARGOSY_EXPLORE") else "fixed")
