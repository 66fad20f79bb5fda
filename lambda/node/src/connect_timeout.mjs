// A bound for the opening of a connection. Linux sends SYNs for more than two minutes, and http and the AWS SDK wait for
// as long: a path that drops them takes the whole invocation. Here an attempt ends after some seconds, or after a quarter
// of the time that the invocation has left, with the error that Linux would have given: the attempts of an AWS SDK find
// the time.

/** Never less: one lost SYN is sent again after 1 s, and its answer is still waited for. */
const LEAST = 1.5;

export class ConnectTimeout {
  /** @param {number} seconds the most that it takes. */
  constructor(lifecycle, seconds) {
    this.lifecycle = lifecycle;
    this.seconds = seconds;
  }

  /** Seconds for an attempt that begins now. */
  allowed() {
    // Whose attempt it is, is not known where several go on: the one with the most time left decides.
    const left = [...this.lifecycle.current.values()].map((one) => one.remaining());
    const most = left.length === 0 || left.includes(undefined) ? Infinity : Math.max(...left);
    return Math.min(this.seconds, Math.max(LEAST, most / 4));
  }

  /** An attempt begins. */
  onConnect(one) {
    const { socket } = one;
    const timer = setTimeout(() => {
      if (socket.connecting && !socket.destroyed) socket.destroy(timedOut(one.attempt ?? one.peer));
    }, this.allowed() * 1_000);
    timer.unref();
    const stop = () => clearTimeout(timer);
    socket.once("connect", stop);
    socket.once("close", stop);
  }
}

function timedOut(peer = "") {
  const at = peer.lastIndexOf(":");
  return Object.assign(new Error(`connect ETIMEDOUT ${peer}`.trim()), {
    code: "ETIMEDOUT",
    errno: -110,
    syscall: "connect",
    ...(at > 0 && { address: peer.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(peer.slice(at + 1)) }),
  });
}
