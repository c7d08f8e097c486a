"""Rendering: finished values become tables, files and calendars, and the same values the same bytes."""
