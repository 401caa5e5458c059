/** What one's role in a conversation lets one do there. Pure. */

export const doesLead = ({ kind, role }) => kind !== "direct" && (role === "owner" || role === "admin");

/** In a channel few post, and any number read. */
export const mayPost = (conversation) => conversation.kind !== "channel" || doesLead(conversation);
