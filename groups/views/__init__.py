"""The pages of groups. Every change goes through a verb of groups.actions."""
