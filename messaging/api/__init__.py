"""Conversations over REST: the same actions as the socket, with DRF's requests and answers around them."""
