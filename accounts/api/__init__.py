"""The REST side of accounts: signing in and out, one's own account, people, contacts and blocks."""
