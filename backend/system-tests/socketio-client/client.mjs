// A Socket.IO client of another make: connects to a hub with the package that browsers use, says as JSON lines what it
// hears, and follows a student's orders as a client should: events are buffered from `ready` on, a snapshot is
// fetched, and of what comes after it only what is newer is shown.
//
// node client.mjs '{"hub": URL, "gateway": URL, "token": …, "transport": "websocket" | "polling"}'
// On standard input, a line each: `renew TOKEN`, `quit`.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const { hub, gateway, token, transport } = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

let current = token;
const socket = io(hub, {
  transports: [transport],
  auth: (reply) => reply(current ? { token: current } : {}),
  reconnectionDelay: 50,
  reconnectionDelayMax: 200,
});

/** What is shown of each order: its last `seq`. */
const shown = new Map();
/** News that waits for the snapshot; null when there is one. */
let buffered = [];

function show({ orderId, status, seq }) {
  if (seq > (shown.get(orderId) ?? -1)) {
    shown.set(orderId, seq);
    say({ shows: orderId, status, seq });
  }
}

/** One snapshot at a time: whoever asks meanwhile gets another one after it. */
let fetching = false;
let again = false;

async function fetchOrders() {
  buffered ??= [];
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  do {
    again = false;
    await fetchAll();
  } while (again);
  fetching = false;
  buffered.forEach(show);
  buffered = null;
  say({ snapshot: shown.size });
}

/** Fetches every order, and tries until it has them. */
async function fetchAll() {
  for (;;) {
    try {
      const headers = { authorization: `Bearer ${current}` };
      let before = "";
      do {
        const answer = await fetch(`${gateway}/orders?limit=100${before}`, { headers });
        if (!answer.ok) throw new Error(`${answer.status}`);
        const page = await answer.json();
        page.orders.forEach(show);
        before = page.next ? `&before=${encodeURIComponent(page.next)}` : "";
      } while (before);
      return;
    } catch (error) {
      say({ retries: String(error) });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

socket.on("connect", () => say({ connected: socket.io.engine.transport.name }));
socket.on("connect_error", (error) => say({ refused: error.message, data: error.data ?? null }));
socket.on("disconnect", (reason) => {
  say({ disconnected: reason });
  buffered = [];
  // Of all reasons, only after this one the package leaves it to the client to come back.
  if (reason === "io server disconnect") socket.connect();
});
socket.onAny((event, body) => say({ heard: event, body: body ?? null }));
socket.on("ready", () => current && fetchOrders());
socket.on("resync", () => current && fetchOrders());
socket.on("notification", (news) => (buffered ? buffered.push(news) : show(news)));

createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, argument] = line.split(" ");
  if (word === "renew") {
    current = argument;
    socket.emit("renew", { token: argument });
  } else if (word === "quit") {
    socket.close();
    process.exit(0);
  }
});
