"""Remembering: the only speaker of SQL."""
