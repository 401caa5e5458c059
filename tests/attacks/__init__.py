"""Attacks beside ordinary users: one file an attack, all with the bystanders of bystanders.py."""
