"""Doing: the services, feeds, jobs, pages and commands that people and machines meet."""
