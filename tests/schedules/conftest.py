"""How hard properties are tried: `HYPOTHESIS_PROFILE=thorough` for far more examples."""

import os

from hypothesis import HealthCheck, settings

# Whole follow-ups take milliseconds each, and machines that run tests are busy: no deadline.
settings.register_profile("quick", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
