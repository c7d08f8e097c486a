"""Fault tests: what must not happen, tried by force on real databases and mail servers, each with its figure."""
