"""Services: plain functions that do one act or answer one question, inside a transaction they did not open."""
