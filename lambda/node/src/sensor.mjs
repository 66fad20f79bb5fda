// The sensor: one line for each invocation, of the connections that it opened, held, used again and failed to open.
import { elapsed } from "./clock.mjs";
import { SYN_RETRANSMITS, TCP, descriptors, threadNumber } from "./kernel.mjs";
import { TABLE_IDLE_TIMEOUT } from "./limits.mjs";
import { FIELD, OF, SCHEMA, line } from "./line.mjs";

export class Sensor {
  /**
   * @param connections see connections.mjs.
   * @param {{emf: boolean, concurrent: boolean, write: (text: string) => void}} options
   */
  constructor(connections, { emf, concurrent, write, environment = process.env }) {
    this.connections = connections;
    this.emf = emf;
    // The kernel counts for the whole environment. Where several threads work in it, none of them can say that it
    // opened these, and all of them together would say so several times.
    this.ownsCounters = !concurrent;
    this.write = write;
    this.functionName = environment.AWS_LAMBDA_FUNCTION_NAME;
    this.logStream = environment.AWS_LAMBDA_LOG_STREAM_NAME;
    this.version = environment.AWS_LAMBDA_FUNCTION_VERSION;
    this.thread = threadNumber();
    this.before = undefined;
    this.after = undefined;
    this.retransmits = undefined;
    this.segments = undefined;
  }

  onStart() {
    for (const one of this.connections.held()) one.marked ??= one.count();
    if (!this.ownsCounters) return;
    this.before = this.count();
    if (this.retransmits === undefined) {
      this.segments = this.before.segments;
      [this.retransmits] = SYN_RETRANSMITS.read();
    }
    this.after = undefined;
  }

  /** Before the runtime opens connections of its own to answer. */
  onAnswer() {
    if (this.ownsCounters) this.after = this.count();
  }

  onEnd(invocation) {
    if (this.ownsCounters) this.after ??= this.count();
    const moment = this.connections.look();
    const destinations = this.destinations(moment);
    const sum = (name) => destinations.reduce((total, one) => total + one[name], 0);
    const idle = destinations.map((one) => one[OF.OLDEST_IDLE]).filter((seconds) => seconds !== undefined);
    const metrics = {
      OPENED: sum(OF.OPENED),
      HELD: sum(OF.HELD),
      REUSED: sum(OF.REUSED),
      FAILED: sum(OF.FAILED),
      SYN_RETRANSMITS: this.sentAgain(),
      DESCRIPTORS: descriptors(),
      OLDEST_IDLE: idle.length === 0 ? undefined : Math.max(...idle),
    };
    const opens = increase(this.before?.opens, this.after?.opens);
    const body = {
      [FIELD.SCHEMA]: SCHEMA,
      [FIELD.TIME]: Number(moment.wall.toFixed(3)),
      [FIELD.ENVIRONMENT]: this.logStream,
      [FIELD.PROCESS]: this.thread,
      [FIELD.INVOCATION]: invocation.number,
      [FIELD.REQUEST_ID]: invocation.requestId || undefined,
      [FIELD.VERSION]: this.version,
      [FIELD.DESTINATIONS]: destinations,
      [FIELD.UNATTRIBUTED]: opens === undefined ? undefined : this.unattributed(opens),
    };
    this.write(line(metrics, body, { functionName: this.functionName, emf: this.emf }));
  }

  count() {
    const [opens, segments] = TCP.read();
    return { opens, segments, attempts: this.connections.attempts };
  }

  /** SYNs that were sent again since the last line. */
  sentAgain() {
    if (!this.ownsCounters) return undefined;
    const { retransmits, segments } = this;
    this.segments = this.after.segments;
    // Where nothing was sent again, no SYN was: the longer file need not be read.
    if (segments === undefined || segments !== this.segments) [this.retransmits] = SYN_RETRANSMITS.read();
    return increase(retransmits, this.retransmits);
  }

  /** What native code opened, by the kernel's count less our own attempts; what came of them is not known. */
  unattributed(opens) {
    return { [OF.OPENED]: Math.max(0, opens - (this.after.attempts - this.before.attempts)) };
  }

  /** Those with anything to tell, the most connections first. */
  destinations(moment) {
    const by = new Map();
    const of = (peer, { name, client }) => {
      if (!by.has(peer)) {
        by.set(peer, {
          [OF.PEER]: peer,
          [OF.NAME]: name,
          [OF.CLIENT]: client,
          [OF.OPENED]: 0,
          [OF.HELD]: 0,
          [OF.STALE]: 0,
          [OF.REUSED]: 0,
          [OF.FAILED]: 0,
          [OF.OLDEST_IDLE]: undefined,
        });
      }
      return by.get(peer);
    };
    for (const [peer, counted] of this.connections.take()) {
      const one = of(peer, counted);
      one[OF.OPENED] = counted.opened;
      one[OF.FAILED] = counted.failed;
      one[OF.REUSED] = counted.reused;
    }
    for (const connection of this.connections.held()) {
      const one = of(connection.peer ?? "", connection);
      const idle = Number(elapsed(connection.used, moment).toFixed(3));
      one[OF.HELD] += 1;
      one[OF.STALE] += Number(idle >= TABLE_IDLE_TIMEOUT);
      one[OF.OLDEST_IDLE] = Math.max(one[OF.OLDEST_IDLE] ?? 0, idle);
      if (connection.marked !== undefined && connection.count() !== connection.marked) one[OF.REUSED] += 1;
      connection.marked = connection.count();
    }
    return [...by.values()].sort((a, b) => b[OF.HELD] - a[OF.HELD] || b[OF.OPENED] - a[OF.OPENED]);
  }
}

function increase(before, after) {
  return before === undefined || after === undefined ? undefined : Math.max(0, after - before);
}
