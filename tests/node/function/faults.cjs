// Functions that something befalls. What they answer says how they fared.
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");

/** How opening a connection ends: the error's code, or "open". */
const connecting = () =>
  new Promise((resolve) => {
    const socket = net.connect(9, "127.0.0.1");
    socket.once("connect", () => resolve("open")).once("error", (error) => resolve(error.code));
  });

/** All descriptors are used but as many as the runtime needs to answer; while none is left, a connection is tried. */
exports.full = async () => {
  const used = [];
  let code;
  while (code === undefined) {
    try {
      used.push(fs.openSync("/dev/null"));
    } catch (error) {
      code = error.code;
    }
  }
  const ended = await connecting();
  used.splice(0, 8).forEach((one) => fs.closeSync(one));
  exports.kept = [...(exports.kept ?? []), ...used];
  return [code, ended, used.length > 0];
};

/** A server of its own, and one connection to it that is used in every invocation. */
let held;
const talk = async () => {
  if (held === undefined) {
    const server = net.createServer((one) => one.pipe(one)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    held = net.connect(server.address().port, "127.0.0.1");
    server.unref();
  }
  const answered = new Promise((resolve, reject) => {
    held.once("data", (data) => resolve(String(data))).once("error", reject).once("close", () => resolve("closed"));
  });
  held.write("said");
  const answer = await answered;
  held.removeAllListeners("error").removeAllListeners("close");
  return answer;
};

/** Both clocks go back by an hour before each invocation but the first. */
let back = 0;
const { now } = Date;
const ticks = performance.now.bind(performance);
exports.backwards = async () => {
  const answer = await talk();
  back += 3_600_000;
  Date.now = () => now() - back;
  performance.now = () => ticks() - back;
  return answer;
};

/** What another wrapper put here, and that it is asked for connections as without us. */
exports.wrapped = async () => {
  await new Promise((resolve) => http.get({ host: "127.0.0.1", port: 9 }).once("error", resolve));
  return [globalThis.another?.from, globalThis.another?.connects, typeof globalThis[Symbol.for("narrows-lambda")]];
};

/** It ends in its own way when it is told to, in an invocation or not. */
exports.told = ({ wait }) => {
  process.once("SIGTERM", () => {
    console.log("told");
    process.exit(7);
  });
  console.log("began");
  return new Promise((resolve) => setTimeout(() => resolve("ok"), wait ?? 0));
};

/** It ends the runtime in the middle of an invocation. */
exports.exits = async () => process.exit(3);

/** Something goes wrong behind the handler's back. */
exports.throwsLater = async () => {
  await new Promise(() => setTimeout(() => JSON.parse("{"), 10));
};
