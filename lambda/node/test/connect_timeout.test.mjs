import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { test } from "node:test";

import { ConnectTimeout } from "../src/connect_timeout.mjs";
import { Invocation, Lifecycle } from "../src/lifecycle.mjs";
import { serve, start } from "../testing/harness.mjs";

function withRemaining(seconds) {
  const lifecycle = new Lifecycle();
  const headers = { "lambda-runtime-deadline-ms": String(Date.now() + seconds * 1_000) };
  lifecycle.current.set("x", new Invocation(1, headers, { wall: 0, monotonic: 0 }, 0));
  return new ConnectTimeout(lifecycle, 5);
}

test("an attempt has its seconds, or a quarter of what the invocation has left, and time for one lost SYN", () => {
  assert.equal(new ConnectTimeout(new Lifecycle(), 5).allowed(), 5);
  assert.equal(withRemaining(60).allowed(), 5);
  assert.equal(Math.round(withRemaining(12).allowed()), 3);
  assert.equal(withRemaining(1).allowed(), 1.5);
});

test("an attempt that nobody answers ends with the error that Linux would have given", async () => {
  start({ NARROWS_CONNECT_TIMEOUT: "0.2", NARROWS_SENSOR: "off" });
  // Nothing is ever accepted from a full queue, and Linux drops the SYNs that come after.
  const { spawn } = await import("node:child_process");
  const script = `
import socket, sys, time
listening = socket.create_server(("127.0.0.1", 0), backlog=0)
kept = [socket.socket() for _ in range(3)]
for one in kept:
    one.setblocking(False)
    one.connect_ex(listening.getsockname())
print(listening.getsockname()[1], flush=True)
sys.stdin.read()`;
  const full = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  const port = Number(String((await once(full.stdout, "data"))[0]));
  const socket = net.connect(port, "127.0.0.1");
  await assert.rejects(once(socket, "connect"), { code: "ETIMEDOUT", syscall: "connect", address: "127.0.0.1", port });
  full.stdin.end();
  await once(full, "exit");
});

test("one that is open in time is left alone", async () => {
  const server = await serve();
  const socket = net.connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(socket.destroyed, false);
  socket.destroy();
  server.close();
});
