"""OpenID Connect: the hospital's own sign-in service says who somebody is, and every word of it is checked."""
