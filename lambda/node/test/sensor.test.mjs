import assert from "node:assert/strict";
import net from "node:net";
import { readdirSync } from "node:fs";
import { once } from "node:events";
import { after, test } from "node:test";

import { connected, serve, start } from "../testing/harness.mjs";

const { clock, invoke } = start({ NARROWS_REUSE: "off" });
const echo = await serve((socket) => socket.on("data", (data) => socket.write(data)));
after(() => echo.close());

const told = (line, peer = echo.peer) => line.narrows.destinations.find((one) => one.peer === peer);

async function use(socket) {
  socket.write("x");
  await once(socket, "data");
}

test("opened, held and reused are those of the server", async () => {
  const opened = [];
  const first = await invoke(async () => {
    for (let number = 0; number < 3; number++) opened.push(await connected(echo.port));
  });
  const second = await invoke(() => use(opened[0]));
  const third = await invoke(() => {});
  assert.deepEqual(
    [first, second, third].map(({ line }) => [told(line).opened, told(line).held, told(line).reused]),
    [[3, 3, 0], [0, 3, 1], [0, 3, 0]],
  );
  assert.equal(echo.sockets.length, 3);
  assert.deepEqual([second.line.ConnectionsHeld, second.line.ConnectionsReused], [3, 1]);
  for (const socket of opened) socket.destroy();
});

test("one that was used and closed in the invocation counts as reused and is not held", async () => {
  const socket = await connected(echo.port);
  await invoke(() => {});
  const { line } = await invoke(async () => {
    await use(socket);
    socket.destroy();
    await once(socket, "close");
  });
  assert.deepEqual([told(line).reused, told(line).held], [1, 0]);
});

test("a connection that is refused has failed", async () => {
  const gone = await serve();
  gone.server.close();
  const { line } = await invoke(async () => {
    const socket = net.connect(gone.port, "127.0.0.1");
    await assert.rejects(once(socket, "connect"), { code: "ECONNREFUSED" });
  });
  assert.deepEqual([told(line, gone.peer).failed, told(line, gone.peer).opened], [1, 0]);
  assert.equal(line.ConnectionsFailed, 1);
});

test("an attempt that its client gives up has failed", async () => {
  const { line } = await invoke(async () => {
    const socket = net.connect(echo.port, "127.0.0.1");
    await once(socket, "connectionAttempt");
    socket.destroy();
    await once(socket, "close");
  });
  assert.deepEqual([told(line).failed, told(line).opened], [1, 0]);
});

test("idle for 350 s is stale, and the oldest idle says how long", async () => {
  const socket = await connected(echo.port);
  await invoke(() => {});
  clock.pass(349);
  const fresh = (await invoke(() => {})).line;
  clock.pass(2);
  const stale = (await invoke(() => {})).line;
  assert.deepEqual([told(fresh).stale, told(stale).stale], [0, 1]);
  assert.equal(Math.floor(stale.OldestIdle), 351);
  const used = (await invoke(() => use(socket))).line;
  assert.deepEqual([told(used).stale, told(used).reused, Math.floor(used.OldestIdle)], [0, 1, 0]);
  socket.destroy();
  await once(socket, "close");
});

test("a name that was looked up stands with its address, whoever looked it up", async () => {
  const socket = await connected(echo.port, "localhost");
  const { line } = await invoke(() => {});
  assert.equal(told(line).name, "localhost");
  socket.destroy();
});

test("the descriptors are those of the process", async () => {
  const { line } = await invoke(() => {});
  assert.equal(line.DescriptorsUsed, readdirSync("/proc/self/fd").length - 1);
});

test("what has no value is absent, and nothing is 0 for want of a source", async () => {
  const { line } = await invoke(() => {});
  assert.equal("OldestIdle" in line, line.ConnectionsHeld > 0);
  assert.equal("environment" in line.narrows, "AWS_LAMBDA_LOG_STREAM_NAME" in process.env);
});

test("as EMF, each metric that is declared stands in the line", async () => {
  const { line } = await invoke(() => {});
  const [directive] = line._aws.CloudWatchMetrics;
  for (const { Name } of directive.Metrics) assert.equal(typeof line[Name], "number", Name);
  assert.equal(directive.Namespace, "narrows");
  assert.ok(Math.abs(line._aws.Timestamp / 1_000 - line.narrows.time) < 0.001);
});

test("a long line leaves out the destinations with the fewest connections, and says how many", async () => {
  const servers = await Promise.all(Array.from({ length: 53 }, () => serve()));
  const sockets = [];
  const { line } = await invoke(async () => {
    for (const server of servers) sockets.push(await connected(server.port));
    sockets.push(await connected(servers[52].port));
  });
  assert.deepEqual([line.narrows.destinations.length, line.narrows.more], [50, 3]);
  assert.equal(line.narrows.destinations[0].peer, servers[52].peer);
  assert.equal(line.ConnectionsOpened, 54);
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

test("native code's connections show in the kernel's count, and in no destination", async () => {
  const { execFileSync } = await import("node:child_process");
  const script = `import socket; socket.create_connection(("127.0.0.1", ${echo.port})).close()`;
  const { line } = await invoke(() => execFileSync("python3", ["-c", script]));
  assert.ok(line.narrows.unattributed.opened >= 1);
  assert.equal(told(line)?.opened ?? 0, 0);
});
