"""Which socket addresses there are: one. Everything else is refused."""

from __future__ import annotations

from typing import Any

from messaging.consumers import ChatConsumer

_chat = ChatConsumer.as_asgi()


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"] == "/ws":
        await _chat(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})
