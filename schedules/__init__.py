"""Thinking: protocols and facts in, plans and settlements out, without clock, files or database."""
