import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryEntries } from "../../static/js/outbox-store.js";
import { Outbox } from "../../static/js/outbox.js";
import { Problem } from "../../static/js/rest.js";
import { SignedOut } from "../../static/js/socket.js";
import { Uploads } from "../../static/js/uploads.js";

const CONTENT = new Blob([new Uint8Array(600_000).map((_, index) => index % 251)]);

/** A server that keeps uploads by their key; `refusals` are thrown in place of answers to chunks, in turn. */
class Server {
  uploads = new Map();
  asked = [];
  verdict = {};

  constructor(refusals = []) { this.refusals = refusals; }

  ask = async (path, { method, body, bytes, headers, signal } = {}) => {
    this.asked.push([method, path, headers?.["Upload-Offset"]]);
    await new Promise(setImmediate); // no network answers in the same turn
    if (signal?.aborted) throw new DOMException("gone", "AbortError");
    if (method === "POST") return this.#begin(body);
    const upload = this.uploads.get(path.split("/").at(-1));
    if (method === "DELETE") return void this.uploads.delete(upload.id);
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    assert.equal(Number(headers["Upload-Offset"]), upload.offset);
    upload.offset += bytes.size;
    if (upload.offset === upload.size) Object.assign(upload, { file_id: "token", file: { id: "f", name: upload.name }, ...this.verdict });
    return { ...upload };
  };

  #begin({ key, name, size }) {
    if (!this.uploads.has(key)) this.uploads.set(key, { id: key, name, size, offset: 0, file_id: null });
    return { ...this.uploads.get(key) };
  }

  get chunks() { return this.asked.filter(([method]) => method === "PATCH").map(([, , offset]) => Number(offset)); }
}

const made = async (server) => {
  const frames = [];
  const outbox = new Outbox({ userId: "alice", entries: new MemoryEntries(), send: (frame) => frames.push(frame) });
  await outbox.refresh();
  const uploads = new Uploads({ outbox, ask: server.ask });
  return { outbox, uploads, frames };
};
const file = { type: "message.send", body: "", blob: CONTENT, file: { name: "a.bin", size: CONTENT.size } };
const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

test("a file is sent in chunks, and then its message with what the server calls it", async () => {
  const server = new Server();
  const { outbox, frames } = await made(server);
  const { key } = await outbox.add("room", file);
  await outbox.add("room", { type: "message.send", body: "words" });
  await until(() => outbox.isWaiting(key, "waiting"));
  assert.deepEqual(server.chunks, [0, 262_144]);
  assert.equal(frames[0].body, "words", "words do not wait for a file");
  outbox.answer({ type: "ack", key: frames[0].key, conversation_id: "room", seq: 1 });
  await until(() => frames.length === 2);
  assert.deepEqual([frames[1].key, frames[1].file_id, frames[1].blob], [key, "token", undefined]);
  assert.equal(server.uploads.size, 1, "it is not given up");
});

test("a picture that is sent as a file is announced with the reason", async () => {
  const server = new Server();
  server.verdict = { sent_as_file: "too_large" };
  const { outbox, uploads } = await made(server);
  const announced = [];
  uploads.addEventListener("sent-as-file", ({ detail }) => announced.push(detail));
  await outbox.add("room", file);
  await until(() => announced.length);
  assert.deepEqual(announced, [{ conversation_id: "room", file: { id: "f", name: "a.bin" }, reason: "too_large" }]);
});

test("what broke off goes on from where the server says that it stands", async () => {
  const server = new Server([null, new TypeError("network")]);
  const { outbox, uploads } = await made(server);
  const { key } = await outbox.add("room", file);
  await until(() => server.chunks.length === 2);
  setTimeout(() => uploads.resume(), 5);
  await until(() => outbox.isWaiting(key, "waiting"));
  assert.deepEqual(server.chunks, [0, 262_144, 262_144]);
});

test("a refusal is told and kept; another try is another upload", async () => {
  const server = new Server([new Problem(400, { code: "file_too_large", detail: "Too large." })]);
  const { outbox } = await made(server);
  const { key } = await outbox.add("room", file);
  await until(() => outbox.isWaiting(key, "failed"));
  assert.deepEqual(outbox.list[0].error, { code: "file_too_large", message: "Too large." });
  await outbox.retry(key);
  await until(() => outbox.list[0].state === "waiting");
  assert.notEqual(outbox.list[0].key, key);
  assert.equal(server.uploads.size, 2);
});

test("a session that has ended is not asked for over and over", async () => {
  const server = new Server();
  let isSignedOut = true;
  const { ask } = server;
  let tries = 0;
  server.ask = async (...asked) => {
    tries += 1;
    if (isSignedOut) throw new SignedOut();
    return ask(...asked);
  };
  const { outbox, uploads } = await made(server);
  const { key } = await outbox.add("room", file);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(tries, 1);
  isSignedOut = false;
  uploads.resume();
  await until(() => outbox.isWaiting(key, "waiting"));
});

test("what is discarded on its way is given up", async () => {
  const server = new Server([new TypeError("network")]);
  const { outbox } = await made(server);
  const { key } = await outbox.add("room", file);
  await until(() => server.chunks.length);
  await outbox.discard(key);
  await until(() => !server.uploads.size);
  assert.equal(server.asked.at(-1)[0], "DELETE");
});
