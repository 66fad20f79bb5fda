// What the environment's variables say. What cannot be understood is as if it were not there.

/** How the sensor's line is written. */
export const EMF = "emf";
export const JSON_ONLY = "json";
export const OFF = "off";

/** Seconds of idleness after which a connection is closed before it is used again: well before the tables forget it. */
const MAX_IDLE = 240;

/** Seconds that a connection may take to be opened: the third SYN leaves after three, and time to retry remains. */
const CONNECT_TIMEOUT = 5;

/**
 * @param {Record<string, string | undefined>} environment
 * @returns {{sensor: string, reuse: boolean, maxIdle: number, connectTimeout: number | undefined}} seconds; no connect
 *   timeout where it is off.
 */
export function settings(environment = process.env) {
  const sensor = word(environment.NARROWS_SENSOR);
  const timeout = word(environment.NARROWS_CONNECT_TIMEOUT);
  const reuse = word(environment.NARROWS_REUSE) !== OFF;
  return {
    sensor: sensor === OFF || sensor === JSON_ONLY ? sensor : EMF,
    reuse,
    maxIdle: seconds(environment.NARROWS_MAX_IDLE) ?? MAX_IDLE,
    connectTimeout: !reuse || timeout === OFF ? undefined : (seconds(timeout) ?? CONNECT_TIMEOUT),
  };
}

function word(text) {
  return (text ?? "").trim().toLowerCase();
}

function seconds(text) {
  const number = Number.parseFloat(text ?? "");
  return Number.isFinite(number) && number > 0 && number <= 86_400 ? number : undefined;
}
