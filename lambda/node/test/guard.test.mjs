import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import { once } from "node:events";
import { after, test } from "node:test";

import { certificate } from "../testing/certificate.mjs";
import { connected, serve, start, until } from "../testing/harness.mjs";

const { clock, invoke, begin, end } = start({ NARROWS_SENSOR: "json" });
const plain = await serve((socket) => socket.on("data", (data) => socket.write(data)));
after(() => plain.close());

test("a connection that was idle for 240 s is closed before the handler runs", async () => {
  const socket = await connected(plain.port);
  await invoke(() => {});
  clock.pass(240);
  await invoke(() => assert.equal(socket.closed, true));
});

test("one that was idle for less is left alone", async () => {
  const socket = await connected(plain.port);
  await invoke(() => {});
  clock.pass(239);
  await invoke(() => assert.equal(socket.destroyed, false));
  socket.destroy();
});

test("a frozen monotonic clock hides nothing: the wall clock saw it", async () => {
  const socket = await connected(plain.port);
  await invoke(() => {});
  clock.pass(300, 0);
  await invoke(() => assert.equal(socket.closed, true));
});

test("a wall clock that jumps back hides nothing: the monotonic clock saw it", async () => {
  const socket = await connected(plain.port);
  await invoke(() => {});
  clock.pass(-5_000, 300);
  await invoke(() => assert.equal(socket.closed, true));
});

test("a wall clock that jumps back closes nothing by itself", async () => {
  const socket = await connected(plain.port);
  await invoke(() => {});
  clock.pass(-5_000, 0);
  await invoke(() => assert.equal(socket.destroyed, false));
  socket.destroy();
  clock.pass(5_000, 0);
});

test("among connections in use, the idle one is closed and the others are not", async () => {
  const [idle, used] = [await connected(plain.port), await connected(plain.port)];
  for (let round = 0; round < 3; round++) {
    await invoke(async () => {
      used.write("x");
      await once(used, "data");
    });
    clock.pass(100);
  }
  await invoke(() => assert.deepEqual([idle.closed, used.destroyed], [true, false]));
  used.destroy();
});

test("a farewell that waited in the socket does not pass for use", async () => {
  const held = plain.sockets.length;
  const socket = await connected(plain.port);
  await until(() => plain.sockets.length > held);
  await invoke(() => {});
  clock.pass(300);
  plain.sockets.at(-1).write("going away");
  await until(() => socket.bytesRead > 0);
  await invoke(() => assert.equal(socket.closed, true));
});

test("a peer's FIN is seen before the handler runs, after a second without an invocation", async () => {
  const held = plain.sockets.length;
  const socket = await connected(plain.port);
  await until(() => plain.sockets.length > held);
  await invoke(() => {});
  clock.pass(2);
  plain.sockets.at(-1).end();
  // The FIN is in the kernel now; Node has not turned its loop since.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  await invoke(() => assert.equal(socket.destroyed || socket.readableEnded, true));
});

test("http takes a new connection, and no request fails", async () => {
  const web = await serve(null, () => http.createServer((_, answer) => answer.end("ok")));
  web.server.keepAliveTimeout = 0;
  const agent = new http.Agent({ keepAlive: true });
  const get = () =>
    new Promise((resolve, reject) => {
      const request = http.get({ agent, port: web.port, host: "127.0.0.1" }, (answer) => {
        answer.resume().on("end", resolve);
      });
      request.on("error", reject);
    });
  await invoke(get);
  clock.pass(300);
  const { line } = await invoke(get);
  const [told] = line.narrows.destinations.filter((one) => one.peer === web.peer);
  assert.deepEqual([told.opened, told.reused, told.held, told.client], [1, 0, 1, "http"]);
  agent.destroy();
  web.server.closeAllConnections();
  web.close();
});

test("what a client's listeners throw when we close is kept from the process", async () => {
  const socket = await connected(plain.port);
  socket.on("close", () => {
    throw new Error("an idle client ended, and nobody listens");
  });
  await invoke(() => {});
  clock.pass(300);
  await invoke(() => assert.equal(socket.closed, true));
});

test("what they throw while a handler runs is the function's own affair", async () => {
  const socket = await connected(plain.port);
  await invoke(async () => {
    assert.throws(() => socket.emit("error", new Error("nobody listens")), { message: "nobody listens" });
  });
  socket.destroy();
});

test("what is thrown at the end of TLS is kept from it too, on a connection opened before TLS", async () => {
  const secure = await serve(null, (handle) => tls.createServer(certificate(), handle));
  const inner = await new Promise((resolve) => {
    const socket = net.connect(secure.port, "127.0.0.1", () => resolve(socket));
  });
  const outer = tls.connect({ socket: inner, rejectUnauthorized: false });
  await once(outer, "secureConnect");
  outer.on("close", () => {
    throw new Error("an idle client ended, and nobody listens");
  });
  outer.resume();
  await invoke(() => {});
  clock.pass(300);
  await invoke(() => assert.deepEqual([inner.closed, outer.closed], [true, true]));
  secure.close();
});

test("one that is still being opened is left alone", async () => {
  const socket = net.connect({ port: plain.port, host: "127.0.0.1" });
  const id = await begin();
  end(id);
  assert.equal(socket.destroyed, false);
  socket.destroy();
});
