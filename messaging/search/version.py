"""Which way of making entries out of messages this is.

Raise it with every change of what `folding`, `grams` or `texts` make of a message: workers then make the entries of
older versions anew, conversation by conversation, while searches go on with what there is.
"""

INDEX_VERSION = 3
