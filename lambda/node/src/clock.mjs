// Where the time comes from; injected, so that a test can stall one clock or turn it back.

/** The machine's own clocks. Whether the monotonic one counts a freeze differs from machine to machine. */
export const SYSTEM_CLOCK = {
  /** Seconds since 1970. */
  wall: () => Date.now() / 1_000,
  /** Seconds since some moment. */
  monotonic: () => performance.now() / 1_000,
};

/** @returns {{wall: number, monotonic: number}} now, by both clocks. */
export function now(clock) {
  return { wall: clock.wall(), monotonic: clock.monotonic() };
}

/** Seconds from one moment to another, by the clock that saw more; never negative. */
export function elapsed(from, to) {
  return Math.max(0, to.wall - from.wall, to.monotonic - from.monotonic);
}
