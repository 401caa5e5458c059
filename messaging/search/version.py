"""Which way of making entries out of messages this is.

Raise it with every change of what `addresses`, `folding`, `grams` or `texts` make of a message: the process that
indexes then makes the entries of older versions anew, conversation by conversation, while searches go on with what
there is.
"""

INDEX_VERSION = 4
