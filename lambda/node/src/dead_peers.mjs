// Finds connections whose peer does not even acknowledge what was sent, and closes them, which Linux would do after a
// quarter of an hour. That is what TCP_USER_TIMEOUT does, which Node.js has no way to set: so the kernel's own list of
// sockets is read, but only when something was written seconds ago and nothing was read since. A server that takes its
// time acknowledges all the same, and is waited for.
import { elapsed } from "./clock.mjs";
import { inodeOf, retransmits } from "./kernel.mjs";

/** How often a segment was sent again without an answer: the third leaves 1.4 s after the first, over a short path. */
const ENOUGH = 3;
/** Seconds without an answer after which the kernel is asked, and not again: it takes milliseconds. */
const ASK_AFTER = [3, 5, 8, 15, 30, 60];

export class DeadPeers {
  constructor(connections) {
    this.connections = connections;
  }

  /** Nobody waits for an answer any more. */
  onIdle() {
    for (const one of this.connections.held()) one.waits = undefined;
  }

  /** Connections were looked at. */
  onLook(moment) {
    const waiting = [...this.connections.held()].filter((one) => one.waits !== undefined && isDue(one, moment));
    if (waiting.length === 0) return;
    const again = retransmits();
    for (const one of waiting) {
      const inode = inodeOf(one.socket._handle?.fd);
      // Without an error, as if its server had closed it: under TLS that was begun on an open connection, the client
      // would hear of an error twice, and pg's pool ends the process at the second.
      if (inode !== undefined && again.get(inode) >= ENOUGH) one.socket.destroy();
    }
  }
}

function isDue(one, moment) {
  const asked = one.waits.asked ?? 0;
  if (!(elapsed(one.waits.since, moment) >= ASK_AFTER[asked])) return false;
  one.waits.asked = asked + 1;
  return true;
}
