"""Steps: all that the program does by itself, in the order in which it does it."""

from collections.abc import Sequence

from monitor.jobs.backing_up import back_up_nightly
from monitor.jobs.escalating import plan_escalations
from monitor.jobs.planning import plan_letters
from monitor.jobs.pruning import prune
from monitor.jobs.sending import send_letters
from monitor.jobs.suggesting import follow_changed_days
from monitor.jobs.ticking import Step

STEPS: Sequence[Step] = (plan_letters, plan_escalations, send_letters)
"""At each look. What plans letters stands before what sends them, so that they go out at once."""
SLOW_STEPS: Sequence[Step] = (back_up_nightly, prune, follow_changed_days)
"""Beside it, on a thread of their own: a copy of a large record must not hold up a letter."""
