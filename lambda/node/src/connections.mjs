// The TCP connections of this thread, whoever opens them: every client in JavaScript (http, https, fetch, http2,
// grpc-js, ioredis, pg) comes through net.Socket.prototype.connect. Native code does not, and is not seen here.
import net from "node:net";

import { SYSTEM_CLOCK, elapsed, now } from "./clock.mjs";
import { Names, clientOnStack, nameIn, peerOf } from "./names.mjs";

/** Seconds between two looks at who was used, while something runs; nothing is kept awake for it. */
const LOOK_EVERY = 1;
/** Destinations whose counts are kept between two lines. */
const MOST_COUNTED = 1_000;

/** One TCP connection, from its first attempt on. */
export class Connection {
  constructor(socket, options, moment) {
    this.socket = socket;
    /** Its name, where it was asked for by name; of TLS, the name that its certificate is to have. */
    this.name = nameIn(options.host) ?? nameIn(options.servername);
    this.client = clientOnStack();
    this.opened = moment;
    /** When it was last seen to have been used. */
    this.used = moment;
    this.bytes = 0;
    /** Address and port, from the first attempt on. */
    this.peer = undefined;
    this.established = false;
    this.closed = false;
    /** The attempt that goes on. */
    this.attempt = undefined;
    /** Its bytes when the sensor last looked; undefined before it was held then. */
    this.marked = undefined;
    /** Since when something was written that nothing was read after, as far as looks now and then can tell. */
    this.waits = undefined;
    this.read = 0;
    /** Bytes read when something was last written. Known only where several invocations go on at once. */
    this.readBefore = undefined;
    /** Its client has let go of it once, as HTTP clients do with connections that no request uses. */
    this.letsGo = false;
  }

  /** Bytes that went either way. */
  count() {
    return this.socket.bytesRead + this.socket.bytesWritten;
  }

  /** Whether the client waits for something on it: a request was written that nothing was read after, or it is a
   * client that lets go of what it does not use, and has not. */
  get inFlight() {
    if (this.socket._httpMessage) return true;
    return isHeld(this.socket) && (this.letsGo || this.readBefore === this.socket.bytesRead);
  }

  /** See whether it was used since the last look. */
  look(moment) {
    const bytes = this.count();
    if (bytes !== this.bytes) {
      const { bytesRead } = this.socket;
      if (bytes - bytesRead !== this.bytes - this.read) this.waits = { since: moment };
      else this.waits = undefined;
      this.bytes = bytes;
      this.read = bytesRead;
      this.used = moment;
    }
    if (!isHeld(this.socket)) this.letsGo = true;
  }
}

/** All of them, and what came of the attempts since the counts were last taken. */
export class Connections {
  /**
   * @param clock see clock.mjs.
   * @param {number} frozenAfter seconds without a look after which this thread was not running.
   */
  constructor({ clock = SYSTEM_CLOCK, frozenAfter = 240, names = new Names() } = {}) {
    this.clock = clock;
    this.frozenAfter = frozenAfter;
    this.names = names;
    this.all = new Map();
    this.counts = new Map();
    this.looked = now(clock);
    /** It did not run for long: until an invocation begins, what moves is a farewell that waited, and no use. */
    this.thawed = false;
    /** Called with each connection before its first attempt. */
    this.onConnect = undefined;
    /** Called after each look that comes by itself. */
    this.onLook = undefined;
    /** Attempts to connect, those to the runtime's own interface too: what the kernel should have counted. */
    this.attempts = 0;
  }

  /** Those that are established. */
  *held() {
    for (const one of this.all.values()) if (one.established && !one.socket.destroyed) yield one;
  }

  /** See who was used since the last look. */
  look() {
    const moment = now(this.clock);
    if (elapsed(this.looked, moment) >= this.frozenAfter) this.thawed = true;
    this.looked = moment;
    for (const one of [...this.all.values()]) {
      if (one.socket.destroyed) {
        // Closed, but its client took our listeners away.
        if (one.socket.closed) this.settle(one);
      } else if (!this.thawed) {
        if (!one.established && !one.socket.connecting && one.socket.remoteAddress) this.establish(one);
        one.look(moment);
      }
    }
    return moment;
  }

  /** An invocation begins: what moves from now on is use. */
  begin() {
    this.look();
    this.thawed = false;
  }

  /** What was opened and what failed since this was last asked, by peer. */
  take() {
    const counts = this.counts;
    this.counts = new Map();
    return counts;
  }

  /** Follow every connection that is opened from now on, but those to the runtime's own interface. */
  hook({ runtime = process.env.AWS_LAMBDA_RUNTIME_API, concurrent = false } = {}) {
    const connections = this;
    const { connect } = net.Socket.prototype;
    net.Socket.prototype.connect = function (...given) {
      let one;
      try {
        one = connections.follow(this, optionsOf(given), runtime);
      } catch {
        // The function never pays for it.
      }
      try {
        return Reflect.apply(connect, this, given);
      } catch (error) {
        if (one) connections.all.delete(this);
        throw error;
      }
    };
    if (concurrent) hookWriting(connections);
  }

  /** Look now and then while something runs, from the first connection on. */
  keepLooking() {
    this.timer ??= setInterval(() => {
      try {
        this.onLook?.(this.look());
      } catch {
        // The next one may do.
      }
    }, LOOK_EVERY * 1_000).unref();
  }

  follow(socket, options, runtime) {
    if (!options.port || options.path) return undefined;
    socket.on("connectionAttempt", () => {
      this.attempts += 1;
    });
    if (isRuntime(options, runtime)) return undefined;
    this.names.hook();
    this.keepLooking();
    const one = new Connection(socket, options, now(this.clock));
    this.all.set(socket, one);
    const port = Number(options.port);
    if (net.isIP(options.host ?? "") !== 0) one.peer = peerOf(options.host, port);
    socket.on("lookup", (error, address, _, host) => {
      if (error) return;
      one.peer = peerOf(address, port);
      this.names.learn(host, address);
    });
    socket.on("connectionAttempt", (address, to) => {
      one.attempt = one.peer = peerOf(address, to);
    });
    const failed = (address, to) => {
      this.tally(one, peerOf(address, to) ?? one.peer, "failed");
      one.attempt = undefined;
    };
    socket.on("connectionAttemptFailed", failed);
    socket.on("connectionAttemptTimeout", failed);
    socket.once("connect", () => this.establish(one));
    socket.once("close", () => this.settle(one));
    this.onConnect?.(one);
    return one;
  }

  establish(one) {
    if (one.established || one.closed) return;
    one.established = true;
    one.attempt = undefined;
    one.peer = peerOf(one.socket.remoteAddress, one.socket.remotePort) ?? one.peer;
    one.name ??= this.names.of(one.socket.remoteAddress);
    one.opened = one.used = now(this.clock);
    this.tally(one, one.peer, "opened");
  }

  settle(one) {
    if (one.closed) return;
    one.closed = true;
    if (this.all.get(one.socket) === one) this.all.delete(one.socket);
    if (!one.established) {
      if (one.attempt) this.tally(one, one.attempt, "failed");
    } else if (one.marked !== undefined && one.count() !== one.marked) {
      this.tally(one, one.peer, "reused");
    }
  }

  tally(one, peer, what) {
    if (peer === undefined) return;
    let counted = this.counts.get(peer);
    if (counted === undefined) {
      if (this.counts.size >= MOST_COUNTED) return;
      counted = { opened: 0, failed: 0, reused: 0, name: one.name, client: one.client };
      this.counts.set(peer, counted);
    }
    counted[what] += 1;
    counted.name ??= one.name;
    counted.client ??= one.client;
  }
}

/** Whether the socket keeps the process alive, which its client decides. */
function isHeld(socket) {
  const handle = socket._handle;
  return (handle?.hasRef ?? handle?._parent?.hasRef)?.call(handle?.hasRef ? handle : handle._parent) ?? true;
}

/** The options of a call to connect, in whichever of its forms: Node's own callers have them in a list already. */
function optionsOf(given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first === "object" && first !== null) return first;
  if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
    return { port: first, host: typeof second === "string" ? second : undefined };
  }
  return { path: first };
}

function isRuntime({ host, port }, runtime) {
  return runtime !== undefined && (`${host}:${port}` === runtime || (Number(port) === 80 && host === runtime));
}

/** Know which connections wait for an answer: clients that never let go of one do not tell otherwise. */
function hookWriting(connections) {
  for (const name of ["_write", "_writev"]) {
    const write = net.Socket.prototype[name];
    net.Socket.prototype[name] = function (...given) {
      const one = connections.all.get(this) ?? connections.all.get(this._parent);
      if (one) one.readBefore = one.socket.bytesRead;
      return Reflect.apply(write, this, given);
    };
  }
}
