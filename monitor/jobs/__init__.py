"""Jobs: what the program does by itself, looked at once a minute by every process that runs them."""
