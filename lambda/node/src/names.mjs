// What names and peers are called: the address that a connection goes to, the name that led there, and who asked.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { isIP } from "node:net";

const MOST_NAMES = 1_000;
const MAPPED = "::ffff:";
const PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/;
const BUILT_IN = [
  [/^node:internal\/deps\/undici\//, "fetch"],
  [/^node:(?:internal\/)?http2/, "http2"],
  [/^node:(?:_http_|https?$)/, "http"],
];
const FRAMES = 24;

/** An address and a port as the line writes them; undefined where one is not known. */
export function peerOf(address, port) {
  if (!address || !port) return undefined;
  const plain = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** @returns {string | undefined} the text, where it is a name and no address. */
export function nameIn(text) {
  return typeof text === "string" && text !== "" && isIP(text) === 0 ? text : undefined;
}

/** Names by the address that they were last looked up as, in this thread. */
export class Names {
  constructor() {
    this.byAddress = new Map();
    this.hooked = false;
  }

  /** The name was found to be the address. */
  learn(name, address) {
    if (nameIn(name) === undefined || typeof address !== "string") return;
    this.byAddress.delete(address);
    this.byAddress.set(address, name);
    if (this.byAddress.size > MOST_NAMES) this.byAddress.delete(this.byAddress.keys().next().value);
  }

  /** @returns {string | undefined} */
  of(address) {
    return this.byAddress.get(address);
  }

  /** See what anyone looks up from now on; not before someone needs it, because loading it takes a millisecond. */
  hook() {
    if (this.hooked) return;
    this.hooked = true;
    const dns = createRequire(import.meta.url)("node:dns");
    const learn = (name, found) => {
      for (const one of Array.isArray(found) ? found : [found]) this.learn(name, one?.address ?? one);
    };
    const { lookup } = dns;
    dns.lookup = Object.assign(function (name, ...rest) {
      const callback = rest.at(-1);
      if (typeof callback === "function") {
        rest[rest.length - 1] = function (error, found, ...more) {
          if (!error) learn(name, found);
          return Reflect.apply(callback, this, [error, found, ...more]);
        };
      }
      return Reflect.apply(lookup, this, [name, ...rest]);
    }, lookup);
    copySymbols(lookup, dns.lookup);
    const { lookup: promised } = dns.promises;
    dns.promises.lookup = function (name, ...rest) {
      const asked = Reflect.apply(promised, this, [name, ...rest]);
      asked.then((found) => learn(name, found), () => {});
      return asked;
    };
    syncBuiltinESMExports();
  }
}

/** `util.promisify(dns.lookup)` finds its own form under a symbol. */
function copySymbols(from, to) {
  for (const symbol of Object.getOwnPropertySymbols(from)) {
    Object.defineProperty(to, symbol, Object.getOwnPropertyDescriptor(from, symbol));
  }
}

/** @returns {string | undefined} the package, or the part of Node, that a stack leads to first. */
export function clientOnStack() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    // The frames themselves: a stack as text is looked up in source maps, where there are some.
    Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFileName() ?? "");
    Error.stackTraceLimit = FRAMES;
    return clientAmong(new Error().stack);
  } catch {
    return undefined;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The nearest package, or else the nearest part of Node that is a client. */
function clientAmong(files) {
  let builtIn;
  for (const file of files) {
    const found = PACKAGE.exec(file)?.[1];
    if (found !== undefined && found !== "narrows-lambda") return found;
    builtIn ??= BUILT_IN.find(([pattern]) => pattern.test(file))?.[1];
  }
  return builtIn;
}
