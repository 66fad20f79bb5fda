import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { after, test } from "node:test";

import { connected, serve, start } from "../testing/harness.mjs";

const { clock, begin, end, lines, connections } = start({ concurrent: true, NARROWS_SENSOR: "json" });
const silent = await serve((socket) => socket.resume());
const echo = await serve((socket) => socket.on("data", (data) => socket.write(data)));
after(() => {
  silent.close();
  echo.close();
});

test("a connection with a request that waits for its answer is never closed", async () => {
  const waiting = await connected(silent.port);
  const answered = await connected(echo.port);
  const first = await begin();
  waiting.write("a query that takes long");
  answered.write("x");
  await once(answered, "data");
  connections.look();
  clock.pass(300);
  const second = await begin();
  assert.deepEqual([waiting.destroyed, answered.closed], [false, true]);
  end(second);
  end(first);
  waiting.destroy();
});

test("an answer that takes its time is not cut off between its parts", async () => {
  let answer;
  const web = await serve(null, () => http.createServer((_, response) => {
    answer = response;
    response.write("the first part");
  }));
  const agent = new http.Agent({ keepAlive: true });
  const first = await begin();
  const request = http.get({ agent, port: web.port, host: "127.0.0.1" });
  const [response] = await once(request, "response");
  await once(response, "data");
  connections.look();
  clock.pass(300);
  const second = await begin();
  const { socket } = request;
  assert.equal(socket.destroyed, false);
  answer.end();
  await once(response.resume(), "end");
  connections.look();
  clock.pass(300);
  const third = await begin();
  assert.equal(socket.closed, true);
  for (const id of [first, second, third]) end(id);
  web.close();
});

test("each invocation leaves its line when it ends, in whichever order", async () => {
  const from = lines.length;
  const [first, second] = [await begin(), await begin()];
  end(second);
  end(first);
  assert.deepEqual(lines.slice(from).map((line) => line.narrows.requestId), [second, first]);
});

test("what the kernel counts for all threads at once is nobody's: absent", () => {
  const line = lines.at(-1);
  assert.equal("SynRetransmits" in line, false);
  assert.equal("unattributed" in line.narrows, false);
});
