"""Importing: a clinic's list becomes facts, patient by patient, and every fault is told with its row and column."""
