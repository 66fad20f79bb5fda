// The thaw guard: at the beginning of an invocation, connections that were idle for long are closed before a request is
// written to them. Every client opens a new one then, as it does when its server closes one; without that, the request
// goes to a path that has forgotten the connection, and is answered by a reset, or by nothing.
import net from "node:net";

import { elapsed } from "./clock.mjs";

/** Seconds without an invocation after which a server's farewell may wait in a socket, unseen by the client. */
const NOTICE_AFTER = 1;
/** Turns of the event loop to wait for clients to see that their connections are gone; each is far below 1 ms. */
const MOST_TURNS = 8;

export class Guard {
  /**
   * @param connections see connections.mjs.
   * @param {number} maxIdle seconds.
   * @param {boolean} concurrent whether other invocations may go on when one begins.
   */
  constructor(connections, maxIdle, concurrent = false) {
    this.connections = connections;
    this.maxIdle = maxIdle;
    this.concurrent = concurrent;
    this.quiet = new Quiet();
    this.starting = 0;
  }

  /** The runtime waits for an invocation, and nothing else goes on: all that servers say now is farewell. */
  onIdle() {
    this.quiet.begin();
  }

  /** An invocation begins; resolves when every client has seen what was closed. */
  async onStart({ gap }) {
    this.starting += 1;
    this.quiet.begin();
    try {
      const closing = this.close();
      if (this.connections.all.size === 0 || (closing.length === 0 && gap < NOTICE_AFTER)) return;
      // One turn also lets Node see what servers sent meanwhile, before the handler asks for a connection.
      await turn();
      for (let turns = 1; turns < MOST_TURNS && closing.some((socket) => !socket.closed); turns++) await turn();
      // TLS that was begun on an open connection ends a turn after it.
      await turn();
      await turn();
    } finally {
      this.starting -= 1;
      if (this.starting === 0) this.quiet.end();
    }
  }

  /** @returns {net.Socket[]} those that were closed, as if their servers had. */
  close() {
    const { looked } = this.connections;
    const closing = [];
    for (const one of this.connections.held()) {
      if (elapsed(one.used, looked) < this.maxIdle) continue;
      // Where several invocations go on, one may wait for an answer still. Where one begins, nothing else goes on.
      if (this.concurrent && one.inFlight) continue;
      closing.push(one.socket);
    }
    for (const socket of closing) socket.destroy();
    return closing;
  }
}

/**
 * A time in which what listeners throw at the end of a connection is kept from the process: pg's pool, for one, raises
 * an error for an idle client that ended, and where nobody listens to it, the process ends.
 */
class Quiet {
  emit = undefined;

  begin() {
    const { prototype } = net.Socket;
    if (this.emit !== undefined || Object.hasOwn(prototype, "emit")) return;
    const { emit } = prototype;
    this.emit = function (...event) {
      try {
        return Reflect.apply(emit, this, event);
      } catch (error) {
        if (!ENDINGS.has(event[0])) throw error;
        return true;
      }
    };
    prototype.emit = this.emit;
  }

  end() {
    if (this.emit !== undefined && net.Socket.prototype.emit === this.emit) delete net.Socket.prototype.emit;
    this.emit = undefined;
  }
}

const ENDINGS = new Set(["end", "close", "error"]);

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
