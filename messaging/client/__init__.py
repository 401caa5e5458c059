"""A whole client of Parley: REST, one socket that comes back, timelines without gaps, an outbox that keeps its order.

For programs (`manage.py replay`, benches, bots). Knows the wire and the API, and nothing of the server's inside.
"""

from messaging.client.client import Client
from messaging.client.errors import GaveUpError, RefusedError
from messaging.client.frames import Frame, decode_frame, remembering
from messaging.client.outbox import Entry
from messaging.client.rest import Account, Rest
from messaging.client.timeline import Timeline

__all__ = [
    "Account",
    "Client",
    "Entry",
    "Frame",
    "GaveUpError",
    "RefusedError",
    "Rest",
    "Timeline",
    "decode_frame",
    "remembering",
]
