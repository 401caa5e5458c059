/** Membership changes in plain words; the same words as messaging/notes.py. Pure. */

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

// What is somebody's own choice of words, and may run from right to left: kept apart from the sentence around it.
const [AUTHOR, USER, NAME] = ["\ue000", "\ue001", "\ue002"];

/**
 * The words of a note in their order: strings, and {name} for what is to stand in a <bdi>. `nameOf` answers the name of a
 * user id, or null while unknown. A sentence begins with "You", a name as it is.
 */
export function noteParts(change, me, nameOf) {
  const call = (id) => (id === me ? "you" : nameOf(id) === null || nameOf(id) === undefined ? "someone" : { name: nameOf(id) });
  const parts = { [AUTHOR]: call(change.author_id), [USER]: call(change.user_id), [NAME]: { name: change.name } };
  const sentence = writers[change.type]?.({ ...change, name: NAME }, AUTHOR, USER) ?? "";
  const words = sentence.split(/([\ue000-\ue002])/).filter(Boolean).map((part) => parts[part] ?? part);
  if (typeof words[0] === "string") words[0] = words[0].replace(/^[ys]/, (letter) => letter.toUpperCase());
  return words;
}

/** The same as one text. */
export const noteText = (...asked) => noteParts(...asked).map((part) => part.name ?? part).join("");
