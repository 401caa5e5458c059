"""The consumer of the tutorial's third part, which besides keeps each message before it tells it."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from bench.tutorial.models import Message


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.group = f"chat_{self.room}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "{}")["message"]
        await self.keep(message)
        await self.channel_layer.group_send(self.group, {"type": "chat.message", "message": message})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))

    async def keep(self, message: str) -> None:
        if settings.TUTORIAL_STORE == "row":
            await Message.objects.acreate(room=self.room, text=message)
        elif settings.TUTORIAL_STORE == "cassandra":
            from bench.tutorial.cassandra import Message as Row

            await sync_to_async(Row.create)(room=self.room, text=message)
