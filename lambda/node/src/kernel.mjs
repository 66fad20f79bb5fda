// What the kernel counts. A file that cannot be read leaves its figures absent, which is not 0.
import { fstatSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, statSync, writeSync } from "node:fs";

const DESCRIPTORS = "/proc/self/fd";
const BUFFER = Buffer.allocUnsafeSlow(32_768);
const SOCKETS = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
const ESTABLISHED = "01";
const THREAD = "/proc/thread-self";

/** @returns {number | undefined} open file descriptors of this process, whatever they are. */
export function descriptors() {
  try {
    // Linux 6.2 and newer say how many there are, without a list.
    const { size } = statSync(DESCRIPTORS);
    if (size > 0) return size;
    // One of them is the listing's own.
    return Math.max(0, readdirSync(DESCRIPTORS).length - 1);
  } catch {
    return undefined;
  }
}

/** @returns {number} of this thread, as the kernel numbers threads: that of the process on its main thread. */
export function threadNumber() {
  try {
    return Number(readlinkSync(THREAD).split("/").pop()) || process.pid;
  } catch {
    return process.pid;
  }
}

/**
 * Values that the kernel counts for the network namespace, since that began. The file is kept open, and its reading
 * costs one system call instead of five.
 */
export class Counters {
  constructor(file, prefix, names) {
    Object.assign(this, { file, prefix: `${prefix}: `, names, descriptor: undefined, columns: undefined });
  }

  /** @returns {(number | undefined)[]} in the order of the names. */
  read() {
    try {
      this.descriptor ??= openSync(this.file);
      const end = readSync(this.descriptor, BUFFER, 0, BUFFER.length, 0);
      // A line of names precedes a line of values.
      const names = this.after(0);
      const values = this.after(names);
      this.columns ??= this.names.map((name) => this.fields(names, end).indexOf(name));
      const fields = this.fields(values, end);
      return this.columns.map((column) => counted(fields[column]));
    } catch {
      return [];
    }
  }

  after(from) {
    const found = BUFFER.indexOf(this.prefix, from, "latin1");
    if (found < 0) throw new Error(`no ${this.prefix}`);
    return found + this.prefix.length;
  }

  fields(from, end) {
    const stop = BUFFER.indexOf("\n", from, "latin1");
    return BUFFER.toString("latin1", from, stop < 0 ? end : Math.min(stop, end)).split(" ");
  }
}

function counted(text) {
  const value = Number.parseInt(text, 10);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Connections that anyone began to open, and segments that were sent again, SYNs among them. */
export const TCP = new Counters("/proc/self/net/snmp", "Tcp", ["ActiveOpens", "RetransSegs"]);

/** SYNs that were sent again: a long file. */
export const SYN_RETRANSMITS = new Counters("/proc/self/net/netstat", "TcpExt", ["TCPSynRetrans"]);

/** @returns {string | undefined} of the socket that a descriptor is. */
export function inodeOf(descriptor) {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${DESCRIPTORS}/${descriptor}`))?.[1];
  } catch {
    return undefined;
  }
}

/** @returns {Map<string, number>} how often what is not acknowledged was sent again, by the inodes of TCP sockets. */
export function retransmits() {
  const again = new Map();
  for (const file of SOCKETS) {
    try {
      for (const line of readFileSync(file, "latin1").split("\n")) {
        // local remote state sent:received timer retransmits user timeout inode
        const [, , , state, queues, , count, , , inode] = line.trim().split(/ +/);
        if (state === ESTABLISHED && !queues.startsWith("00000000")) again.set(inode, Number.parseInt(count, 16));
      }
    } catch {
      // Absent: nothing is known to be dead.
    }
  }
  return again;
}

/** What this process was given as standard output, and nothing that later took its number. */
export class StandardOutput {
  constructor() {
    this.identity = identity();
  }

  /** Write a whole line, or nothing where that is not to be had. */
  write(text) {
    if (this.identity === undefined || identity() !== this.identity) return;
    const bytes = Buffer.from(text);
    let written = 0;
    for (let tries = 0; written < bytes.length && tries < MOST_TRIES; tries++) {
      try {
        written += writeSync(STDOUT, bytes, written);
      } catch (error) {
        if (error.code !== "EAGAIN") return;
        // A full pipe: what was begun is to be finished, else it spoils the next line.
        if (written === 0 && tries > 0) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }
}

const STDOUT = 1;
const MOST_TRIES = 50;

function identity() {
  try {
    const { dev, ino } = fstatSync(STDOUT);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
