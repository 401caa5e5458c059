"""Every statement of the live path, prepared once per session. One name, one statement."""

from __future__ import annotations

from cassandra.cluster import Session
from cassandra.query import PreparedStatement

_CHANGE = "conversation_id = ? AND bucket = ?"

CQL = {
    "insert_change": "INSERT INTO change (conversation_id, bucket, seq, content, epoch, is_message, author_id,"
    " mentions) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    "insert_key": "INSERT INTO stored_key (conversation_id, bucket, id, seq) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    "insert_base": "INSERT INTO base (conversation_id, epoch, seq) VALUES (?, ?, ?) USING TIMESTAMP ?",
    "insert_mark": "INSERT INTO read_mark (user_id, conversation_id, seq) VALUES (?, ?, ?) USING TIMESTAMP ?",
    "set_reached": "UPDATE read_mark USING TIMESTAMP ? SET reached = ? WHERE user_id = ? AND conversation_id = ?",
    "insert_tally": "INSERT INTO tally (conversation_id, bucket, messages, mentions) VALUES (?, ?, ?, ?)"
    " USING TIMESTAMP 1",
    "insert_annotation": "INSERT INTO annotation (conversation_id, bucket, target, slot, seq, content)"
    " VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    "insert_version": "INSERT INTO version (conversation_id, bucket, target, seq) VALUES (?, ?, ?, ?)"
    " USING TIMESTAMP ?",
    "replace_content": f"UPDATE change USING TIMESTAMP ? SET content = ? WHERE {_CHANGE} AND seq = ?",
    "set_head": "UPDATE head USING TIMESTAMP ? SET seq = ? WHERE conversation_id = ?",
    "set_last_at": "UPDATE head USING TIMESTAMP ? SET last_at = ? WHERE conversation_id = ?",
    "set_head_and_last_at": "UPDATE head USING TIMESTAMP ? SET seq = ?, last_at = ? WHERE conversation_id = ?",
    "set_all_of_head": "UPDATE head USING TIMESTAMP ? SET seq = ?, last_at = ?, preview = ? WHERE conversation_id = ?",
    "set_preview": "UPDATE head USING TIMESTAMP ? SET preview = ? WHERE conversation_id = ?",
    "page_up": f"SELECT seq, content FROM change WHERE {_CHANGE} AND seq >= ? AND seq <= ? LIMIT ?",
    "page_down": f"SELECT seq, content FROM change WHERE {_CHANGE} AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
    "later_up": f"SELECT target, seq, content FROM annotation WHERE {_CHANGE} AND target >= ? AND target <= ?"
    " ORDER BY target ASC, slot ASC LIMIT ?",
    "later_down": f"SELECT target, seq, content FROM annotation WHERE {_CHANGE} AND target >= ? AND target <= ?"
    " ORDER BY target DESC, slot DESC LIMIT ?",
    "annotation": f"SELECT content FROM annotation WHERE {_CHANGE} AND target = ? AND slot = ?",
    "annotations": f"SELECT seq, content FROM annotation WHERE {_CHANGE} AND target = ?",
    "versions": f"SELECT seq FROM version WHERE {_CHANGE} AND target = ?",
    "rows_above": f"SELECT seq, epoch, author_id, is_message, content FROM change WHERE {_CHANGE} AND seq > ?",
    "rows": f"SELECT seq, epoch, author_id, is_message, content FROM change WHERE {_CHANGE} AND seq IN ?",
    "authors": f"SELECT seq, is_message, author_id, mentions FROM change WHERE {_CHANGE} AND seq > ? AND seq <= ?",
    "keys": "SELECT id, seq FROM stored_key WHERE conversation_id = ? AND bucket IN ? AND id IN ?",
    "old_keys": "SELECT id, seq FROM known_key WHERE id IN ?",
    "bases": "SELECT conversation_id, epoch, seq FROM base WHERE conversation_id IN ?",
    "heads": "SELECT conversation_id, seq, last_at, preview, WRITETIME(preview) FROM head WHERE conversation_id IN ?",
    "marks": "SELECT conversation_id, seq, WRITETIME(seq) FROM read_mark WHERE user_id = ? AND conversation_id IN ?",
    "marks_there": "SELECT user_id, seq, reached FROM read_mark WHERE conversation_id = ? AND user_id IN ?",
    "tallies": "SELECT bucket, messages, mentions FROM tally WHERE conversation_id = ? AND bucket >= ? AND bucket < ?",
    "epoch": "SELECT epoch, run_id FROM epoch WHERE id = 0",
    "history_epoch": "SELECT number FROM history_epoch WHERE id = 0",
    "begin_epoch": "INSERT INTO history_epoch (id, number) VALUES (0, ?) USING TIMESTAMP ?",
    "first_epoch": "INSERT INTO epoch (id, epoch, run_id) VALUES (0, ?, ?) IF NOT EXISTS",
    "next_epoch": "UPDATE epoch SET epoch = ?, run_id = ? WHERE id = 0 IF epoch = ?",
    "erase_changes": f"DELETE FROM change WHERE {_CHANGE}",
    "erase_annotations": f"DELETE FROM annotation WHERE {_CHANGE}",
    "erase_versions": f"DELETE FROM version WHERE {_CHANGE}",
    # Above every preview's timestamp (annotations.py), which from some 800,000 messages on are above the time of day.
    "erase_head": f"DELETE FROM head USING TIMESTAMP {2**62} WHERE conversation_id = ?",
    "erase_bases": "DELETE FROM base WHERE conversation_id = ?",
    "erase_tallies": "DELETE FROM tally WHERE conversation_id = ?",
}

# What these read is never empty in any column, or in so many of the first.
OF_WHOLE_ROWS: dict[str, int | None] = {
    "page_up": None,
    "page_down": None,
    "later_up": None,
    "later_down": None,
    "annotation": None,
    "annotations": None,
    "rows_above": None,
    "rows": None,
    "authors": 3,
}


def prepare(session: Session) -> dict[str, PreparedStatement]:
    """All are safe to repeat, except the two of the numbering's epoch, which are lightweight transactions."""
    prepared = {name: session.prepare(cql) for name, cql in CQL.items()}
    for name, statement in prepared.items():
        statement.is_idempotent = name not in ("first_epoch", "next_epoch")
        statement.fetch_size = None
    return prepared
