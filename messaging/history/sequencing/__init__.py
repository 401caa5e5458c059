"""Who gets which number: a conversation's changes are numbered through Redis, under an epoch kept in Cassandra.

Only decisions live here, as plain asynchronous code over three ports (ports.py), so that a model can drive the code
that runs. docs/decisions/0009 tells the rules and why each is needed.
"""
