// When invocations begin and end: the one place that touches the runtime, for the guard and the sensor alike.
//
// The runtime interface client asks for the next invocation in native code (rapid-client.node: next, done, error),
// the managed runtime and aws-lambda-ric alike. Those three functions are wrapped where the module is loaded:
// whatever form the handler has (callback, async, streaming, ES module or CommonJS), it is between two calls of
// `next`, and `next` can be made to wait until the connections that the guard closed are gone. Where a runtime asks
// over HTTP instead (AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1, or one of your own), the same is read from Node's
// own HTTP channels.
import { subscribe } from "node:diagnostics_channel";
import { Module } from "node:module";

import { SYSTEM_CLOCK, elapsed, now } from "./clock.mjs";

const REQUEST_ID = "lambda-runtime-aws-request-id";
const DEADLINE = "lambda-runtime-deadline-ms";
const NATIVE = /(^|[\\/])rapid-client\.node$/;
const NEXT = /\/runtime\/invocation\/next$/;
const ANSWER = /\/runtime\/invocation\/([^/]+)\/(?:response|error)$/;
const MOST_GOING_ON = 1_000;

/** One invocation, from its beginning on. */
export class Invocation {
  constructor(number, headers, began, gap) {
    /** 1 for the first of this thread. */
    this.number = number;
    /** Empty where the runtime does not tell. */
    this.requestId = String(headers[REQUEST_ID] ?? "");
    this.began = began;
    /**
     * Seconds since the last one ended, for the first since the process began, by the clock that saw more: between
     * initialization and the first invocation can be hours (provisioned concurrency). Never negative.
     */
    this.gap = gap;
    this.deadline = Number.parseInt(headers[DEADLINE] ?? "", 10);
  }

  /** Seconds until the function is ended; undefined where the runtime does not tell. */
  remaining() {
    return Number.isFinite(this.deadline) ? (this.deadline - Date.now()) / 1_000 : undefined;
  }
}

/** The invocations of this thread, and who wants to know of them. */
export class Lifecycle {
  /**
   * @param clock see clock.mjs.
   * @param {boolean} concurrent whether one begins before another has ended, as on Managed Instances.
   */
  constructor(clock = SYSTEM_CLOCK, concurrent = false) {
    this.clock = clock;
    this.concurrent = concurrent;
    /** Those that go on now, by request. */
    this.current = new Map();
    this.number = 0;
    this.ended = now(clock);
    this.callbacks = { idle: [], start: [], answer: [], end: [] };
  }

  /** Call it when the runtime waits for an invocation and none goes on, and the process may be frozen at any moment. */
  onIdle(callback) {
    this.callbacks.idle.push(callback);
  }

  /** Call it when an invocation begins; the handler waits for what it returns. */
  onStart(callback) {
    this.callbacks.start.push(callback);
  }

  /** Call it before the answer is sent: the handler is done, and the runtime has opened nothing for it yet. */
  onAnswer(callback) {
    this.callbacks.answer.push(callback);
  }

  /** Call it after the answer was sent, whether the handler returned or failed. */
  onEnd(callback) {
    this.callbacks.end.push(callback);
  }

  /** An invocation begins. Never rejects. */
  async start(headers = {}) {
    const began = now(this.clock);
    const idle = this.current.size === 0;
    const invocation = new Invocation(++this.number, headers, began, idle ? elapsed(this.ended, began) : 0);
    if (this.current.size < MOST_GOING_ON) this.current.set(invocation.requestId, invocation);
    for (const callback of [...this.callbacks.start]) {
      try {
        await callback(invocation);
      } catch {
        this.drop("start", callback);
      }
    }
    return invocation;
  }

  /** Its answer is about to be sent. */
  answer(requestId) {
    const invocation = this.current.get(requestId);
    if (invocation) this.tell("answer", invocation);
  }

  /** It is over; one that nobody knows is none. */
  end(requestId) {
    const invocation = this.current.get(requestId);
    if (!invocation) return;
    this.current.delete(requestId);
    this.tell("end", invocation);
    this.ended = now(this.clock);
  }

  /** The runtime asks for the next one: all that went on is over, unless several go on at once. */
  asksForNext() {
    if (this.concurrent) return;
    for (const requestId of [...this.current.keys()]) this.end(requestId);
    this.tell("idle");
  }

  tell(when, invocation) {
    for (const callback of [...this.callbacks[when]]) {
      try {
        callback(invocation);
      } catch {
        this.drop(when, callback);
      }
    }
  }

  /** One that failed would fail again at every invocation. */
  drop(when, callback) {
    this.callbacks[when] = this.callbacks[when].filter((other) => other !== callback);
  }
}

/** Have the runtime of this process tell `lifecycle` of its invocations, whether it is loaded already or not. */
export function hookRuntime(lifecycle) {
  hookHttp(lifecycle);
  const loaded = Object.values(Module._cache ?? {}).find((module) => NATIVE.test(module?.filename));
  if (loaded) hookNative(loaded.exports, lifecycle);
  else hookLoading(lifecycle);
}

function hookLoading(lifecycle) {
  const dlopen = process.dlopen;
  function narrowsDlopen(module, filename, ...rest) {
    const result = Reflect.apply(dlopen, this, [module, filename, ...rest]);
    if (NATIVE.test(String(filename))) {
      if (process.dlopen === narrowsDlopen) process.dlopen = dlopen;
      hookNative(module.exports, lifecycle);
    }
    return result;
  }
  process.dlopen = narrowsDlopen;
}

/** Wrap the functions of the native client, where it has those that are known. */
export function hookNative(native, lifecycle) {
  const { next } = native ?? {};
  if (typeof next !== "function") return;
  native.next = function (...given) {
    harmless(() => lifecycle.asksForNext());
    const asked = Reflect.apply(next, this, given);
    if (typeof asked?.then !== "function") return asked;
    return asked.then(async (answer) => {
      await lifecycle.start(lowerCased(answer?.headers)).catch(() => {});
      return answer;
    });
  };
  for (const name of ["done", "error", "fail"]) {
    const send = native[name];
    if (typeof send !== "function") continue;
    native[name] = function (id, ...rest) {
      const requestId = decoded(id);
      harmless(() => lifecycle.answer(requestId));
      try {
        return Reflect.apply(send, this, [id, ...rest]);
      } finally {
        harmless(() => lifecycle.end(requestId));
      }
    };
  }
}

/** Node's own channels tell of every HTTP request; those to the runtime's interface are few. */
function hookHttp(lifecycle) {
  const address = process.env.AWS_LAMBDA_RUNTIME_API;
  if (!address) return;
  const isOurs = (request) => request?.path?.includes("/runtime/invocation/") && goesTo(request, address);
  subscribe("http.client.request.start", ({ request }) => {
    harmless(() => {
      if (isOurs(request) && NEXT.test(request.path)) lifecycle.asksForNext();
    });
  });
  subscribe("http.client.response.finish", ({ request, response }) => {
    harmless(() => {
      if (!isOurs(request)) return;
      const answered = ANSWER.exec(request.path);
      if (answered) lifecycle.end(decoded(answered[1]));
      if (!NEXT.test(request.path)) return;
      // Its body waits until the guard is done, and the handler for its body.
      response.pause();
      lifecycle.start(lowerCased(response.headers)).finally(() => response.resume());
    });
  });
}

function goesTo(request, address) {
  const host = String(request.getHeader("host") ?? "");
  return host === address || `${host}:80` === address;
}

function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return String(id);
  }
}

function harmless(action) {
  try {
    action();
  } catch {
    // The function never pays for it.
  }
}
