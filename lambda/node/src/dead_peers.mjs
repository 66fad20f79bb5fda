// Finds connections whose peer does not even acknowledge what was sent, and ends them with the error that Linux would
// give after a quarter of an hour. That is what TCP_USER_TIMEOUT does, which Node.js has no way to set: so the kernel's
// own list of sockets is read, but only when something was written seconds ago and nothing was read since. A server that
// takes its time acknowledges all the same, and is waited for.
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

  /** Connections were looked at. */
  onLook(moment) {
    const waiting = [...this.connections.held()].filter((one) => one.waits !== undefined && isDue(one, moment));
    if (waiting.length === 0) return;
    const again = retransmits();
    for (const one of waiting) {
      const inode = inodeOf(one.socket._handle?.fd);
      if (inode !== undefined && again.get(inode) >= ENOUGH) one.socket.destroy(unacknowledged(one));
    }
  }
}

function isDue(one, moment) {
  const asked = one.waits.asked ?? 0;
  if (!(elapsed(one.waits.since, moment) >= ASK_AFTER[asked])) return false;
  one.waits.asked = asked + 1;
  return true;
}

function unacknowledged({ peer }) {
  return Object.assign(new Error(`read ETIMEDOUT ${peer}`), { code: "ETIMEDOUT", errno: -110, syscall: "read" });
}
