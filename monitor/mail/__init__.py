"""Mail: a letter's way out, by a mail server, into files or onto the screen."""
