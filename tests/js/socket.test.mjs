import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Socket, SignedOut } from "../../static/js/socket.js";

/** What the browser gives: sockets that open and close when the test says so. */
class FakeWebSocket {
  static OPEN = 1;
  static made = [];
  readyState = 0;

  constructor() { FakeWebSocket.made.push(this); }

  close() {}

  welcome(user_id = "alice") {
    this.readyState = FakeWebSocket.OPEN;
    this.onmessage({ data: JSON.stringify({ type: "welcome", user_id, heartbeat_seconds: 25 }) });
  }
}

const settle = () => new Promise(setImmediate);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 1);
  FakeWebSocket.made = [];
  Object.assign(globalThis, { WebSocket: FakeWebSocket, addEventListener() {}, removeEventListener() {} });
  globalThis.document = { addEventListener() {}, removeEventListener() {}, hidden: false };
});

/** `tickets` answer one after the other; the states it goes through. */
function started(...tickets) {
  const socket = new Socket({ url: "ws://parley/ws", userId: "alice", ticket: () => (tickets.shift() ?? (async () => "t"))() });
  const states = [];
  socket.addEventListener("state", ({ detail }) => states.push(detail));
  socket.start();
  return { socket, states };
}

test("a ticket that never comes is not waited for", async () => {
  const { states } = started(() => new Promise(() => {}));
  mock.timers.tick(15_000);
  assert.deepEqual(states, ["connecting", "waiting"]);
  mock.timers.tick(500);
  await settle();
  FakeWebSocket.made[0].welcome();
  assert.equal(states.at(-1), "open");
  assert.equal(FakeWebSocket.made.length, 1);
});

test("after a restart it comes back within five seconds, and with growing pauses when the server does not", async () => {
  const refused = async () => { throw new TypeError("network"); };
  const { states } = started(undefined, refused, refused, refused, refused, refused, refused);
  await settle();
  FakeWebSocket.made[0].welcome();
  FakeWebSocket.made[0].onclose({ code: 1012 });
  const pauses = [];
  for (let tries = 0; tries < 6; tries += 1) {
    const before = states.length;
    let pause = 0;
    for (; states.length === before; pause += 500) {
      mock.timers.tick(500);
      await settle();
    }
    pauses.push(pause);
  }
  assert.deepEqual(pauses, [5_000, 5_000, 5_000, 5_000, 8_000, 16_000]);
});

test("who is signed out, or somebody else by now, does not go on", async () => {
  const gone = started(async () => { throw new SignedOut(); });
  await settle();
  assert.equal(gone.states.at(-1), "signed_out");
  const other = started();
  await settle();
  FakeWebSocket.made[0].welcome("bob");
  assert.equal(other.states.at(-1), "other_user");
  assert.equal(other.socket.send({ type: "ping" }), false);
});
