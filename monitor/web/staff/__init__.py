"""Staff pages over HTTP: who may look, what each address shows, and what each form does."""
