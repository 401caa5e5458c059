/** Membership changes in plain words; the same words as messaging/timeline.py. Pure. */

const ROLES = { owner: "an owner", admin: "an admin", member: "a member" };

/** "10 seconds", "a minute", "5 minutes". */
export function duration(seconds) {
  if (seconds < 60) return `${seconds} second${seconds === 1 ? "" : "s"}`;
  const minutes = Math.floor(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

const writers = {
  "conversation.created": (change, author) => `${author} created “${change.name}”`,
  "conversation.renamed": (change, author) => `${author} renamed this to “${change.name}”`,
  "conversation.described": (_, author) => `${author} changed the description`,
  "conversation.converted": () => "This became a channel: from here on its owner and admins post",
  "conversation.slowed": ({ slow_seconds }, author) =>
    slow_seconds ? `${author} turned slow mode on: ${duration(slow_seconds)} between two messages` : `${author} turned slow mode off`,
  "member.joined": (change, author, user) => {
    if (change.user_id === change.author_id) return `${user} joined`;
    const role = change.role && change.role !== "member" ? ` as ${ROLES[change.role] ?? change.role}` : "";
    return `${author} added ${user}${role}`;
  },
  "member.left": (_, author, user) => `${user} left`,
  "member.removed": (_, author, user) => `${author} removed ${user}`,
  "member.role_changed": (change, author, user) => `${author} made ${user} ${ROLES[change.role] ?? change.role}`,
};

/** `nameOf` answers the name of a user id, or null while unknown. A sentence begins with "You", a name as it is. */
export function noteText(change, me, nameOf) {
  const call = (id) => (id === me ? "you" : nameOf(id) ?? "someone");
  const text = writers[change.type]?.(change, call(change.author_id), call(change.user_id)) ?? "";
  return text.replace(/^(you|someone)\b/, (word) => (word === "you" ? "You" : "Someone"));
}
