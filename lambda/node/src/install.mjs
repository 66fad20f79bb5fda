// Puts the parts together, once for each thread, whichever copy of this package comes first.
import { SYSTEM_CLOCK } from "./clock.mjs";
import { ConnectTimeout } from "./connect_timeout.mjs";
import { Connections } from "./connections.mjs";
import { DeadPeers } from "./dead_peers.mjs";
import { Guard } from "./guard.mjs";
import { StandardOutput, threadNumber } from "./kernel.mjs";
import { Lifecycle, hookRuntime } from "./lifecycle.mjs";
import { Sensor } from "./sensor.mjs";
import { JSON_ONLY, OFF, settings } from "./settings.mjs";

const INSTALLED = Symbol.for("narrows-lambda");

/** Follow connections, guard them, and report them, as the environment's variables say. */
export function install() {
  if (globalThis[INSTALLED]) return;
  Object.defineProperty(globalThis, INSTALLED, { value: true });
  const chosen = settings();
  if (chosen.sensor === OFF && !chosen.reuse) return;
  const output = new StandardOutput();
  const { lifecycle } = assemble(chosen, { write: (text) => output.write(text) });
  hookRuntime(lifecycle);
}

/**
 * @param chosen see settings.mjs.
 * @param {{write: (text: string) => void, clock?: object, concurrent?: boolean}} outside what a test replaces.
 * @returns {{lifecycle: Lifecycle, connections: Connections}} that only want to be told of invocations.
 */
export function assemble(chosen, { write, clock = SYSTEM_CLOCK, concurrent = isConcurrent() }) {
  const lifecycle = new Lifecycle(clock, concurrent);
  const connections = new Connections({ clock, frozenAfter: chosen.maxIdle });
  lifecycle.onStart(() => {
    connections.names.hook();
    connections.begin();
  });
  // The guard before the sensor: what it closes is not held when the sensor looks.
  if (chosen.reuse) {
    const guard = new Guard(connections, chosen.maxIdle, concurrent);
    lifecycle.onIdle(() => guard.onIdle());
    lifecycle.onStart((invocation) => guard.onStart(invocation));
    const deadPeers = new DeadPeers(connections);
    lifecycle.onIdle(() => deadPeers.onIdle());
    connections.onLook = (moment) => deadPeers.onLook(moment);
  }
  if (chosen.connectTimeout !== undefined) {
    const timeout = new ConnectTimeout(lifecycle, chosen.connectTimeout);
    connections.onConnect = (one) => timeout.onConnect(one);
  }
  if (chosen.sensor !== OFF) {
    const sensor = new Sensor(connections, { emf: chosen.sensor !== JSON_ONLY, concurrent, write });
    lifecycle.onStart(() => sensor.onStart());
    lifecycle.onAnswer(() => sensor.onAnswer());
    lifecycle.onEnd((invocation) => sensor.onEnd(invocation));
  }
  connections.hook({ concurrent });
  return { lifecycle, connections };
}

/** Managed Instances: several threads, and several invocations in each. */
function isConcurrent() {
  return process.env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined || threadNumber() !== process.pid;
}
