// What the kernel counts. A file that cannot be read leaves its figures absent, which is not 0.
import { fstatSync, readFileSync, readdirSync, readlinkSync, writeSync } from "node:fs";

const SNMP = "/proc/self/net/snmp";
const NETSTAT = "/proc/self/net/netstat";
const DESCRIPTORS = "/proc/self/fd";
const THREAD = "/proc/thread-self";

/** @returns {number | undefined} open file descriptors of this process, whatever they are. */
export function descriptors() {
  try {
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

/** @returns {{opens?: number, synRetransmits?: number}} of this network namespace, since it began. */
export function counters() {
  return { opens: counter(SNMP, "Tcp", "ActiveOpens"), synRetransmits: counter(NETSTAT, "TcpExt", "TCPSynRetrans") };
}

/** One value of a file in which a line of names precedes a line of values, each with a prefix. */
function counter(file, prefix, name) {
  try {
    const [names, values] = readFileSync(file, "latin1")
      .split("\n")
      .filter((line) => line.startsWith(`${prefix}: `))
      .map((line) => line.split(" "));
    const value = Number.parseInt(values[names.indexOf(name)], 10);
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  } catch {
    return undefined;
  }
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
