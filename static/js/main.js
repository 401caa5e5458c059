/** Where the page comes alive: makes the parts, joins them, and gives the addresses and the keys their meaning. */

import "./composing-keys.js";
import "./chat-view.js";
import "./connection-line.js";
import "./conversation-details.js";
import "./conversation-list.js";
import "./invitations-line.js";
import "./keys-help.js";
import "./message-composer.js";
import "./message-list.js";
import "./message-search.js";
import "./open-menu.js";
import "./pins-line.js";
import "./presence-line.js";
import "./quick-find.js";
import "./reports-line.js";
import "./saved-list.js";
import "./typing-line.js";
import { Attendance } from "./attendance.js";
import { Attention } from "./attention.js";
import { Directory } from "./directory.js";
import { Drafts } from "./drafts.js";
import { Invitations } from "./invitations.js";
import { Outbox } from "./outbox.js";
import { openEntries } from "./outbox-store.js";
import { Notices } from "./notices.js";
import { Pins } from "./pins.js";
import { Presence } from "./presence.js";
import { ask } from "./rest.js";
import { Reports } from "./reports.js";
import { Router } from "./router.js";
import { Saved } from "./saved.js";
import { Socket } from "./socket.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { Uploads } from "./uploads.js";
import { WriteKeys } from "./write-keys.js";

const readSeed = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");

/** What the server-rendered lines show, as data; null without a conversation, and then or without an answer it is read over the socket. */
async function fetchPage(link) {
  const answer = link && (await fetch(link.href, { credentials: "same-origin" }).catch(() => null));
  return answer?.ok ? answer.json().catch(() => null) : null;
}

function seedStore(store, seed, page, directory) {
  directory.learn({ [seed.me.id]: seed.me.name });
  store.apply({ type: "quiet_hours.changed", quiet_hours: seed.me.quiet_hours });
  store.apply({ type: "invitations.changed", count: seed.invitations ?? 0 });
  store.apply({ type: "welcome" });
  store.apply({ type: "conversations.page", conversations: seed.positions, more: true });
  for (const { id, other_id, members_count, ...facts } of seed.conversations) {
    store.describe(id, { ...facts, otherId: other_id, membersCount: members_count }, store.get(id)?.head);
    if (other_id) directory.learn({ [other_id]: facts.name });
  }
  for (const draft of seed.drafts) store.apply(draft);
  if (!page) return;
  directory.learn(page.users);
  store.apply({ type: "history.page", ...page });
  store.apply({ type: "history.page", ...page, ...page.quoted });
  if (page.receipts) store.apply(page.receipts);
}

const makeSocket = (userId) =>
  new Socket({
    userId,
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws?positions=asked`,
    ticket: async () => (await ask("/ticket", { method: "POST" })).ticket,
  });

/** To the other pages of this browser that the user has open. */
const channelOf = (name, userId) => ("BroadcastChannel" in globalThis ? new BroadcastChannel(`parley-${name}-${userId}`) : null);

/** Someone who was signed out comes back here after signing in; what waits in the outbox waits for them. */
function onSignedOut() {
  location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function start(seed) {
  const page = fetchPage(document.getElementById("parley-page"));
  const store = new Store(seed.me.id);
  const directory = new Directory();
  seedStore(store, seed, await page, directory);
  const socket = makeSocket(seed.me.id);
  const keys = new WriteKeys({ socket });
  const outbox = new Outbox({
    userId: seed.me.id, entries: await openEntries((entries) => outbox.moveTo(entries)), send: (frame) => socket.send(frame), newKey: () => keys.next(),
    channel: channelOf("outbox", seed.me.id), locks: navigator.locks,
    history: { epoch: () => store.epoch, holds: (...named) => sync.holds(...named) },
  });
  const sync = new Sync({ store, socket, outbox, list: seed.list });
  const uploads = new Uploads({ outbox, ask, locks: navigator.locks });
  const presence = new Presence({ socket });
  const app = { me: seed.me.id, store, directory, socket, outbox, uploads, sync, presence, attention: new Attention(store) };
  new Notices({ store, directory, sync, me: seed.me.id, open: (id) => app.openConversation(id), channel: channelOf("notices", seed.me.id) });
  Object.assign(app, { pins: new Pins({ store, socket }), saved: new Saved({ store, socket }), drafts: new Drafts({ store, socket, me: app.me }) });
  new Attendance({ socket });
  new Reports({ store, socket });
  new Invitations({ store, socket });
  socket.addEventListener("state", ({ detail }) => {
    document.documentElement.dataset.connection = detail;
    if (detail === "open") uploads.resume();
    if (detail === "signed_out") onSignedOut();
    if (detail === "other_user") location.reload();
  });
  await outbox.refresh();
  connectElements(app);
  socket.start();
  directory.fetchNicknames(seed.me.id);
  return app;
}

function connectElements(app) {
  app.finder = document.body.appendChild(document.createElement("quick-find"));
  app.searcher = document.body.appendChild(document.createElement("message-search"));
  app.keys = document.body.appendChild(document.createElement("keys-help"));
  app.details = document.querySelector("conversation-details");
  app.view = document.querySelector("chat-view");
  app.list = document.querySelector("conversation-list");
  app.openFinder = (words) => app.finder.open(words);
  const router = new Router(app);
  app.openConversation = (id, how) => router.go(id, how);
  for (const part of [app.finder, app.searcher, app.keys, app.details, app.list, app.view]) part?.connect(app);
  document.querySelector("invitations-line")?.connect(app);
  document.querySelector("saved-list")?.connect(app);
  for (const line of document.querySelectorAll("presence-line[data-user]")) line.connect(app);
  router.start();
}

const seed = readSeed("parley-seed");
if (seed) start(seed);
