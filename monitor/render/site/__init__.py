"""The patient's page: what it shows, in which words and how it looks; finished values in, the same HTML out."""
