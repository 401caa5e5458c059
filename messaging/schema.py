"""The shapes of messaging's REST answers and requests, for validation and for the API's description."""

from __future__ import annotations

from rest_framework import serializers

from accounts.fields import FlagField, IdField, Input, LinesField, TextField, WholeField
from groups.models import Level
from messaging.files.serializers import FileFactsSerializer
from messaging.models import REASON_CHARACTERS, Outcome
from messaging.protocol import BODY_CHARACTERS, CHANGES, RECEIPTS_MOST, SEQ_MOST


class Ticket(serializers.Serializer):  # type: ignore[type-arg]
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")


class OpenDirect(Input):
    user_id = IdField()


class Origin(serializers.Serializer):  # type: ignore[type-arg]
    """Who said it first, and where; only its members can read it there."""

    author_id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    seq = serializers.IntegerField()


class MarkRead(Input):
    seq = WholeField(min_value=0, max_value=SEQ_MOST)


class MarkUnread(Input):
    seq = WholeField(min_value=1, max_value=SEQ_MOST)


class Mark(serializers.Serializer):  # type: ignore[type-arg]
    conversation_id = serializers.UUIDField()
    read = serializers.IntegerField()
    unread = serializers.IntegerField()
    turn = serializers.IntegerField(help_text="how often it was taken back; of two marks the higher turn counts")
    mentions = serializers.IntegerField(help_text="how many of the unread messages mention this user")


class Mentions(serializers.Serializer):  # type: ignore[type-arg]
    results = serializers.ListField(child=serializers.IntegerField())


class Receipt(serializers.Serializer):  # type: ignore[type-arg]
    user_id = serializers.UUIDField()
    read = serializers.IntegerField(required=False, help_text="the seq up to which they have read")
    delivered = serializers.IntegerField(
        required=False, help_text="the seq up to which it reached them; not there while they are connected"
    )


class Receipts(serializers.Serializer):  # type: ignore[type-arg]
    people = Receipt(many=True, help_text=f"with up to {RECEIPTS_MOST} members")
    reads = serializers.ListField(
        child=serializers.IntegerField(), allow_null=True, help_text="with more: how far each of the others has read"
    )


class Preview(serializers.Serializer):  # type: ignore[type-arg]
    author_id = serializers.UUIDField()
    text = serializers.CharField()
    sent_at = serializers.DateTimeField()
    seq = serializers.IntegerField()
    deleted = serializers.BooleanField(required=False, help_text="the message was deleted; `text` is empty")


class Attention(serializers.Serializer):  # type: ignore[type-arg]
    level = serializers.ChoiceField(["all", "mentions", "nothing"], help_text="of which messages you want to hear")
    is_muted = serializers.BooleanField(help_text="for now of none, whatever the level")
    muted_until = serializers.DateTimeField(allow_null=True, help_text="null: until it is unmuted")


class AttentionChange(Input):
    RULES = {
        "anyOf": [
            {"properties": {"muted_until": {"type": "null"}}},
            {"required": ["is_muted"], "properties": {"is_muted": {"const": True}}},
        ]
    }

    level = serializers.ChoiceField(Level.values, required=False)
    is_muted = FlagField(required=False)
    muted_until = serializers.DateTimeField(required=False, allow_null=True, help_text="only with `is_muted`: true")


class ListedDraft(serializers.Serializer):  # type: ignore[type-arg]
    text = serializers.CharField()
    written_at = serializers.DateTimeField()


class Conversation(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["direct", "group", "channel"])
    name = serializers.CharField(help_text="the other person's name, as this user knows it, in a direct one")
    other_username = serializers.CharField(
        required=False, help_text="there where somebody else goes by that name too: show it beside the name"
    )
    description = serializers.CharField()
    is_public = serializers.BooleanField()
    role = serializers.ChoiceField(["owner", "admin", "member"])
    slow_seconds = serializers.IntegerField(help_text="how long members without a role wait between two messages")
    other_id = serializers.UUIDField(allow_null=True, help_text="the other person of a direct one")
    head = serializers.IntegerField(help_text="the last seq")
    read = serializers.IntegerField(help_text="the seq up to which this user has read")
    unread = serializers.IntegerField(help_text="others' messages above `read`")
    turn = serializers.IntegerField(help_text="how often this user took their mark back")
    mentions = serializers.IntegerField(help_text="how many of the unread messages mention this user")
    last_at = serializers.DateTimeField()
    epoch = serializers.IntegerField(help_text="what the numbers belong to, as in a position")
    preview = Preview(allow_null=True)
    attention = Attention(help_text="your own; nobody else sees it")
    draft = ListedDraft(allow_null=True, help_text="what this user wrote there and did not send")


class ConversationPage(serializers.Serializer):  # type: ignore[type-arg]
    results = Conversation(many=True)
    next = serializers.URLField(allow_null=True)


class UnreadTotals(serializers.Serializer):  # type: ignore[type-arg]
    """What is unread in all conversations together."""

    conversations = serializers.IntegerField(help_text="how many have something unread")
    messages = serializers.IntegerField()
    mentions = serializers.IntegerField(help_text="how many of the messages mention this user")
    heard = serializers.IntegerField(help_text="how many of the messages this user wants to be notified of")
    heard_mentions = serializers.IntegerField(help_text="how many of those mention this user")


class Change(serializers.Serializer):  # type: ignore[type-arg]
    """A numbered change; docs/protocol.md lists the fields of each type."""

    type = serializers.ChoiceField(sorted(CHANGES))
    conversation_id = serializers.UUIDField()
    seq = serializers.IntegerField()
    id = serializers.UUIDField()
    key = serializers.UUIDField()
    author_id = serializers.UUIDField()
    sent_at = serializers.DateTimeField()
    body = serializers.CharField(required=False)
    html = serializers.CharField(required=False)
    reply_to = serializers.IntegerField(required=False, help_text="the seq of the message that this one answers")
    mentions = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="the members whom the message names"
    )
    mentions_all = serializers.BooleanField(required=False, help_text="it names everybody")
    unresolved = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="to its author: names in the text that mention nobody"
    )
    content_type = serializers.ChoiceField(["text", "image", "file"], required=False, help_text="text when absent")
    file = FileFactsSerializer(required=False, help_text="what the message carries")
    forwarded = Origin(required=False, help_text="where a forwarded message was said first")
    target = serializers.IntegerField(required=False, help_text="the seq of the message that this concerns")
    emoji = serializers.CharField(required=False)
    deleted = serializers.BooleanField(required=False, help_text="the message was deleted, and this text with it")
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    kind = serializers.CharField(required=False, help_text="what the conversation is now")
    slow_seconds = serializers.IntegerField(required=False)
    user_id = serializers.UUIDField(required=False)
    role = serializers.CharField(required=False)


class ChangePage(serializers.Serializer):  # type: ignore[type-arg]
    results = Change(many=True)
    later = Change(many=True, help_text="the newest changes, outside this page, that concern messages of it")
    next = serializers.URLField(allow_null=True)
    head = serializers.IntegerField()


class Versions(serializers.Serializer):  # type: ignore[type-arg]
    results = Change(many=True)


QUERY = (
    'Words and parts of words, all of which must be in the message; "words in this order"; from: a username or name, or'
    " me; in: a conversation's name, or the username of whom one talks with; after: and before: a date, 2026-11-25,"
    " 2026-11 or 2026, that of after: included; has:file, has:image."
)


MISSED_KINDS = [
    "new",
    "edited",
    "deleted",
    "reacted",
    "pinned",
    "joined",
    "left",
    "renamed",
    "described",
    "converted",
    "slowed",
]


class MissedItem(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.ChoiceField(MISSED_KINDS)
    seq = serializers.IntegerField(help_text="where to look: of new messages the first, else the message or the change")
    count = serializers.IntegerField(help_text="of what this stands for")
    user_ids = serializers.ListField(child=serializers.UUIDField(), help_text="who did it, or who came and went")
    emojis = serializers.ListField(child=serializers.CharField(), required=False)
    text = serializers.CharField(required=False, help_text="the message as it is now, shortened, or the new name")


class Missed(serializers.Serializer):  # type: ignore[type-arg]
    since = serializers.IntegerField(help_text="what is told is above this seq")
    head = serializers.IntegerField(help_text="the last seq")
    is_complete = serializers.BooleanField(help_text="false: more changed than was looked at, this is the newest part")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="by kind; of others' changes only")
    items = MissedItem(many=True, help_text="of each kind the last 30")


class KeptLine(serializers.Serializer):  # type: ignore[type-arg]
    seq = serializers.IntegerField()
    author_id = serializers.UUIDField()
    sent_at = serializers.DateTimeField()
    text = serializers.CharField(help_text="as it is now, shortened")


class PinnedMessage(KeptLine):
    pinned_by = serializers.UUIDField()
    pinned_at = serializers.DateTimeField()


class Pins(serializers.Serializer):  # type: ignore[type-arg]
    results = PinnedMessage(many=True)


class Saved(serializers.Serializer):  # type: ignore[type-arg]
    conversation_id = serializers.UUIDField()
    seq = serializers.IntegerField()
    saved_at = serializers.DateTimeField()


class SavedMessage(KeptLine):
    conversation_id = serializers.UUIDField()
    saved_at = serializers.DateTimeField()


class NewDraft(Input):
    text = TextField(max_length=BODY_CHARACTERS, allow_blank=True, trim_whitespace=False)
    written_at = serializers.DateTimeField(required=False, help_text="when its last key was pressed; now if absent")


class Draft(serializers.Serializer):  # type: ignore[type-arg]
    conversation_id = serializers.UUIDField()
    text = serializers.CharField()
    written_at = serializers.DateTimeField()


class NewReport(Input):
    """Of a message. Its text, author and time are kept as they are now."""

    reason = LinesField(max_length=REASON_CHARACTERS, allow_blank=True, default="")


class OwnReport(serializers.Serializer):  # type: ignore[type-arg]
    """As whoever reported sees it."""

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    seq = serializers.IntegerField()
    reason = serializers.CharField()
    reported_at = serializers.DateTimeField()


class Report(OwnReport):
    """As those see it who settle it: without who reported."""

    author_id = serializers.UUIDField(allow_null=True)
    author_name = serializers.CharField()
    sent_at = serializers.DateTimeField()
    text = serializers.CharField(help_text="as it was when it was reported")
    file_name = serializers.CharField(help_text="what the file was called that the message carried")
    outcome = serializers.ChoiceField(["", *Outcome.values], help_text="empty while it is open")


class ReportCount(serializers.Serializer):  # type: ignore[type-arg]
    conversation_id = serializers.UUIDField()
    count = serializers.IntegerField(help_text="open ones that you may settle")


class ReportCounts(serializers.Serializer):  # type: ignore[type-arg]
    results = ReportCount(many=True)


class SettledReport(Input):
    outcome = serializers.ChoiceField(Outcome.choices, help_text="deleted: the message is deleted for everyone")


class SnippetPart(serializers.Serializer):  # type: ignore[type-arg]
    text = serializers.CharField(help_text="plain text")
    is_hit = serializers.BooleanField(help_text="this was looked for")


class Found(serializers.Serializer):  # type: ignore[type-arg]
    conversation_id = serializers.UUIDField()
    seq = serializers.IntegerField()
    author_id = serializers.UUIDField()
    sent_at = serializers.DateTimeField()
    content_type = serializers.ChoiceField(["text", "image", "file"])
    snippet = SnippetPart(many=True, help_text="one line of the message around the first hit")


class FoundPage(serializers.Serializer):  # type: ignore[type-arg]
    results = Found(many=True)
    next = serializers.URLField(allow_null=True)
    is_complete = serializers.BooleanField(help_text="false while some of the conversations wait to be indexed")
