// Real sockets, and a runtime of three functions: what the native client of the runtime looks like from here.
import net from "node:net";
import { once } from "node:events";

import { assemble } from "../src/install.mjs";
import { hookNative } from "../src/lifecycle.mjs";
import { settings } from "../src/settings.mjs";

/** A clock that a test can move forward, stall or turn back, one hand at a time. */
export class TestClock {
  ahead = { wall: 0, monotonic: 0 };

  wall() {
    return Date.now() / 1_000 + this.ahead.wall;
  }

  monotonic() {
    return performance.now() / 1_000 + this.ahead.monotonic;
  }

  /** Both see the seconds go by, unless a test says otherwise. */
  pass(wall, monotonic = wall) {
    this.ahead.wall += wall;
    this.ahead.monotonic += monotonic;
  }
}

/** Assemble what is tested, once for each test file: it hooks Node for good. */
export function start({ concurrent = false, ...environment } = {}) {
  const clock = new TestClock();
  const lines = [];
  const write = (text) => lines.push(JSON.parse(text));
  const { lifecycle, connections } = assemble(settings(environment), { clock, concurrent, write });
  let number = 0;
  const native = {
    next: async () => {
      const headers = { "Lambda-Runtime-Aws-Request-Id": `request-${++number}` };
      return { headers, bodyJson: "{}" };
    },
    done: () => {},
    error: () => {},
  };
  hookNative(native, lifecycle);
  const begin = async () => (await native.next()).headers["Lambda-Runtime-Aws-Request-Id"];
  const end = (id) => native.done(id, "null");
  /** One invocation, and the line that it left. */
  const invoke = async (handler) => {
    const id = await begin();
    const result = await handler();
    end(id);
    return { result, line: lines.at(-1) };
  };
  return { clock, lines, lifecycle, connections, native, begin, end, invoke };
}

/** A server on the loopback, and what it holds. */
export async function serve(onConnection, listen = (handle) => net.createServer(handle)) {
  const sockets = [];
  const server = listen((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection?.(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { server, sockets, port, peer: `127.0.0.1:${port}`, close };
}

/** An open connection, read as clients read. */
export async function connected(port, host = "127.0.0.1") {
  const socket = net.connect({ port, host });
  socket.resume();
  await once(socket, "connect");
  return socket;
}

/** Let the event loop turn until a condition holds, for one second at the most. */
export async function until(condition) {
  for (let turns = 0; turns < 1_000 && !condition(); turns++) await new Promise((resolve) => setTimeout(resolve, 1));
  if (!condition()) throw new Error(`never came true: ${condition}`);
}
