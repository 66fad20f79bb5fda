// The sensor's line: the names of its fields, as narrows_lambda/line.py says what they mean. A test holds the two to
// each other. A field whose source could not be read is absent: absent is not 0.

export const SCHEMA = 1;
export const NAMESPACE = "narrows";
export const DIMENSION = "FunctionName";
export const BODY = "narrows";
export const MOST_DESTINATIONS = 50;

/** What becomes a CloudWatch metric: its name and unit, as CloudWatch spells them. */
export const METRICS = {
  OPENED: ["ConnectionsOpened", "Count"],
  HELD: ["ConnectionsHeld", "Count"],
  REUSED: ["ConnectionsReused", "Count"],
  FAILED: ["ConnectionsFailed", "Count"],
  SYN_RETRANSMITS: ["SynRetransmits", "Count"],
  DESCRIPTORS: ["DescriptorsUsed", "Count"],
  OLDEST_IDLE: ["OldestIdle", "Seconds"],
};

/** Names in the body. */
export const FIELD = {
  SCHEMA: "schema",
  TIME: "time",
  ENVIRONMENT: "environment",
  PROCESS: "process",
  INVOCATION: "invocation",
  REQUEST_ID: "requestId",
  VERSION: "version",
  DESTINATIONS: "destinations",
  MORE: "more",
  UNATTRIBUTED: "unattributed",
};

/** Names in one destination. */
export const OF = {
  PEER: "peer",
  NAME: "name",
  CLIENT: "client",
  OPENED: "opened",
  HELD: "held",
  STALE: "stale",
  REUSED: "reused",
  FAILED: "failed",
  OLDEST_IDLE: "oldestIdle",
};

/**
 * @param {object} metrics values by the keys of METRICS; undefined where one is absent.
 * @param {object} body by the names of FIELD, destinations sorted already.
 * @param {{functionName?: string, emf: boolean}} form
 * @returns {string} the line, with its end.
 */
export function line(metrics, body, { functionName, emf }) {
  const known = Object.entries(METRICS).filter(([key]) => metrics[key] !== undefined);
  const told = body[FIELD.DESTINATIONS];
  const written = {
    ...(emf && {
      _aws: {
        Timestamp: Math.round(body[FIELD.TIME] * 1_000),
        CloudWatchMetrics: [
          {
            Namespace: NAMESPACE,
            Dimensions: [functionName === undefined ? [] : [DIMENSION]],
            Metrics: known.map(([, [Name, Unit]]) => ({ Name, Unit })),
          },
        ],
      },
    }),
    [DIMENSION]: functionName,
    ...Object.fromEntries(known.map(([key, [name]]) => [name, metrics[key]])),
    [BODY]: {
      ...body,
      [FIELD.DESTINATIONS]: told.slice(0, MOST_DESTINATIONS),
      [FIELD.MORE]: Math.max(0, told.length - MOST_DESTINATIONS),
    },
  };
  return `${JSON.stringify(written)}\n`;
}
