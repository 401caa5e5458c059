"""Mail that is not lost while the relay is away: a row each until the relay has taken it."""
