"""What counts as one emoji: a whole sequence that Unicode recommends, in the form that keyboards give it. And how many
reactions a message takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import emoji

from messaging.protocol import Reaction, ReactionAdded, ReactionRemoved

# Different emoji on one message; different ones of one user, those taken back among them; of all users together.
KINDS_MOST = 20
OWN_MOST = 20
REACTIONS_MOST = 500


def one_emoji(text: str) -> str | None:
    """The emoji, or None when the text is not exactly one."""
    known = emoji.EMOJI_DATA.get(text)
    if known is None or known["status"] == emoji.STATUS["component"]:
        return None
    # "❤" and "❤️" are one reaction.
    is_qualified = known["status"] == emoji.STATUS["fully_qualified"]
    return text if is_qualified else emoji.emojize(emoji.demojize(text))


def takes_reaction(reactions: Sequence[Reaction], change: Reaction) -> bool:
    """Whether a message with these reactions takes one more: a page of history must stay readable."""
    if any((one.author_id, one.emoji) == (change.author_id, change.emoji) for one in reactions):
        return isinstance(change, ReactionRemoved) or _takes_kind(reactions, change.emoji)
    own = sum(one.author_id == change.author_id for one in reactions)
    return own < OWN_MOST and len(reactions) < REACTIONS_MOST and _takes_kind(reactions, change.emoji)


def _takes_kind(reactions: Sequence[Reaction], emoji: str) -> bool:
    kinds = {one.emoji for one in reactions if isinstance(one, ReactionAdded)}
    return emoji in kinds or len(kinds) < KINDS_MOST
