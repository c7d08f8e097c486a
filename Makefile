# A shorthand where make is at hand; run.py does the work. Arguments: make test ARGS="tests/schedules -x"
.PHONY: demo test check bench faults lock
demo test check bench faults lock:
	@python3 run.py $@ $(ARGS)
