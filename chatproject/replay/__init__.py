"""Real conversations, played again by real clients and checked change by change. `manage.py replay` runs it."""
