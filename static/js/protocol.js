/**
 * The wire as the browser speaks it: names, fields and limits, mirrored from messaging/protocol/ (a test compares
 * them), and a maker for each command. Pure: no network, no document.
 */

export const SUBPROTOCOL = "parley.v1";
export const BODY_CHARACTERS = 8000;
export const FRAME_BYTES = 65536;
export const PAGE_CHANGES = 200;
export const TYPING_SECONDS = 3;
export const WATCHED_MOST = 500;

const COMMON = ["conversation_id", "seq", "id", "key", "author_id", "sent_at"];

export const COMMANDS = {
  "message.send": ["key", "conversation_id", "body", "reply_to", "file_id"],
  "message.forward": ["key", "conversation_id", "source_id", "source_seq"],
  "message.edit": ["key", "conversation_id", "target", "body"],
  "message.delete": ["key", "conversation_id", "target"],
  "reaction.add": ["key", "conversation_id", "target", "emoji"],
  "reaction.remove": ["key", "conversation_id", "target", "emoji"],
  "message.pin": ["key", "conversation_id", "target"],
  "message.unpin": ["key", "conversation_id", "target"],
  "read.mark": ["conversation_id", "seq", "ref"],
  "unread.mark": ["conversation_id", "seq", "ref"],
  "history.get": ["ref", "conversation_id", "after", "before", "limit"],
  "conversations.get": ["ref", "limit", "cursor", "ids"],
  "unread.count": ["ref", "cursor", "known"],
  "conversation.watch": ["conversation_id", "ref"],
  "typing.start": ["conversation_id"],
  "presence.watch": ["ref", "user_ids"],
  "presence.set": ["state", "ref"],
  "ping": ["ref"],
};

export const CHANGES = {
  "message.sent": [...COMMON, "body", "html", "deleted", "reply_to", "mentions", "mentions_all", "content_type", "file", "forwarded"],
  "message.edited": [...COMMON, "body", "html", "deleted", "target"],
  "message.deleted": [...COMMON, "target"],
  "reaction.added": [...COMMON, "target", "emoji"],
  "reaction.removed": [...COMMON, "target", "emoji"],
  "message.pinned": [...COMMON, "target"],
  "message.unpinned": [...COMMON, "target"],
  "conversation.created": [...COMMON, "name"],
  "conversation.renamed": [...COMMON, "name"],
  "conversation.described": [...COMMON, "description"],
  "conversation.converted": [...COMMON, "kind"],
  "conversation.slowed": [...COMMON, "slow_seconds"],
  "member.joined": [...COMMON, "user_id", "role"],
  "member.left": [...COMMON, "user_id"],
  "member.removed": [...COMMON, "user_id"],
  "member.role_changed": [...COMMON, "user_id", "role"],
  "void": COMMON,
};

export const EVENTS = {
  "welcome": ["user_id", "epoch", "heartbeat_seconds", "body_characters", "page_changes", "positions"],
  "conversations.page": ["ref", "conversations", "more", "next"],
  "unread.counted": ["ref", "conversations", "messages", "mentions", "heard", "heard_mentions"],
  "ack": ["key", "conversation_id", "seq", "id", "sent_at", "repeated", "unresolved"],
  "history.page": ["ref", "conversation_id", "head", "complete", "changes", "later"],
  "read.marked": ["ref", "conversation_id", "read", "unread", "turn", "mentions"],
  "attention.changed": ["conversation_id", "attention"],
  "quiet_hours.changed": ["quiet_hours"],
  "draft.changed": ["conversation_id", "text", "written_at"],
  "saved.changed": ["conversation_id", "seq", "is_saved"],
  "reports.changed": ["conversation_id", "count"],
  "invitations.changed": ["count"],
  "conversation.added": ["conversation_id"],
  "conversation.removed": ["conversation_id"],
  "conversation.hinted": ["conversation_id", "after", "head", "last_at", "messages", "previews"],
  "typing.started": ["conversation_id", "user_id"],
  "presence.page": ["ref", "people", "more"],
  "presence.changed": ["people"],
  "receipts.changed": ["conversation_id", "people", "reads", "whole"],
  "pong": ["ref"],
  "keys.issued": ["prefix"],
  "lagging": [],
  "error": ["code", "message", "field", "key", "ref", "retry_after"],
};

export const POSITION = ["conversation_id", "epoch", "head", "read", "unread", "last_at", "preview", "turn", "mentions", "attention"];

export const ATTENTION = ["level", "is_muted", "muted_until"];

export const RECEIPT = ["user_id", "read", "delivered"];

export const PERSON_SEEN = ["user_id", "state", "last_seen_at", "status"];

export const CLOSE = { RESTARTING: 1012, SIGNED_OUT: 4001, BAD_FRAMES: 4002, TOO_SLOW: 4008, NEW_EPOCH: 4012 };

/** Refusals after which the same write may be tried again under the same key. */
export const PASSING_ERRORS = new Set(["rate_limited", "slow_mode", "unavailable"]);

export const isChange = (event) => event.type in CHANGES;
export const isMessage = (change) => change.type === "message.sent";
/** Whether it is somebody else's message that names the user. */
export const doesMention = (change, user) =>
  isMessage(change) && change.author_id !== user && Boolean(change.mentions_all || change.mentions?.includes(user));

const made = (type, fields) => JSON.parse(JSON.stringify({ type, ...fields }));

/** The command that stores a change: `type` and its fields, among whatever else. */
export const write = ({ type, ...fields }) => made(type, Object.fromEntries(COMMANDS[type].map((name) => [name, fields[name]])));
export const markRead = ({ ref, conversation_id, seq }) => made("read.mark", { ref, conversation_id, seq });
export const markUnread = ({ ref, conversation_id, seq }) => made("unread.mark", { ref, conversation_id, seq });
export const getHistory = ({ ref, conversation_id, after, before, limit }) =>
  made("history.get", { ref, conversation_id, after, before, limit });
export const getConversations = ({ ref, limit, cursor, ids } = {}) => made("conversations.get", { ref, limit, cursor, ids });
export const countUnread = ({ ref, cursor, known }) => made("unread.count", { ref, cursor, known });
export const watchConversation = ({ conversation_id }) => made("conversation.watch", { conversation_id });
export const startTyping = ({ conversation_id }) => made("typing.start", { conversation_id });
export const watchPeople = ({ ref, user_ids }) => made("presence.watch", { ref, user_ids });
export const setPresence = ({ state }) => made("presence.set", { state });
export const ping = () => made("ping", {});

/** The characters of a text as the server counts them: code points, not UTF-16 units. */
export function countCharacters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
