import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import { after, test } from "node:test";

import { inodeOf, retransmits } from "../src/kernel.mjs";
import { connected, serve, start, until } from "../testing/harness.mjs";

const { clock, connections } = start({ NARROWS_SENSOR: "off" });
const silent = await serve((socket) => socket.pause());
after(() => silent.close());

test("a server that takes its time has acknowledged the request, and is waited for", async () => {
  const socket = await connected(silent.port);
  connections.look();
  socket.write("a query that takes long");
  await until(() => socket.bytesWritten > 0);
  connections.look();
  for (const seconds of [3, 5, 8, 15, 30, 60, 200]) {
    clock.pass(seconds);
    connections.onLook(connections.look());
  }
  assert.equal(socket.destroyed, false);
  socket.destroy();
});

test("what a full window holds back was not sent again, and shows in the kernel's list", async () => {
  const socket = await connected(silent.port);
  socket.write(Buffer.alloc(16_000_000));
  const inode = inodeOf(socket._handle.fd);
  await until(() => retransmits().has(inode));
  assert.equal(inode, String(fstatSync(socket._handle.fd).ino));
  assert.equal(retransmits().get(inode), 0);
  socket.destroy();
});

test("a descriptor that is no socket has no inode", () => {
  assert.equal(inodeOf(undefined), undefined);
  assert.equal(inodeOf(99_999), undefined);
});
