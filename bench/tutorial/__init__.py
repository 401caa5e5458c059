"""T: the chat of the Channels tutorial, as most people begin, with a row for each message."""
