// A handler that knows nothing of narrows.
import { CLIENTS } from "./clients.mjs";

const made = new Map();

export async function handler(event) {
  const { client, host, port } = event;
  const key = `${client} ${host}:${port}`;
  const began = performance.now();
  try {
    if (!made.has(key)) made.set(key, CLIENTS[client](event));
    await made.get(key)();
    return { outcome: "ok", seconds: (performance.now() - began) / 1_000 };
  } catch (error) {
    return { outcome: reason(error), seconds: (performance.now() - began) / 1_000 };
  }
}

function reason(error) {
  for (let one = error; one; one = one.cause) {
    const code = one.code ?? one.errors?.[0]?.code;
    if (typeof code === "string") return code;
    if (typeof code === "number") return `gRPC ${code}`;
  }
  return error.name;
}
