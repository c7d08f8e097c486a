"""Staff pages: what nurses, clinicians and administrators see, from finished values to HTML."""
