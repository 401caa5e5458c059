// What a member of a room (the path) says goes to all its members. node server.mjs PORT
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on("message", (data) => {
    for (const member of room) member.send(data, { binary: false });
  });
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => socket.terminate());
});
