"""The pages of accounts. Every change goes through a verb of accounts.actions."""
