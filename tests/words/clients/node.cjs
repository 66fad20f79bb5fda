// Node.js's libraries, each at every fault that it can meet; prints a JSON line for each. Takes about two minutes.
// Packages are looked for in the folder that NODE_PATH names.
"use strict";

const DOMAIN = "example.test";
const EVERY = ["black-hole", "refused", "reset", "reset-later", "closed", "closed-later", "silent", "unreachable",
  "nxdomain", "servfail", "unanswered"];
const FULL = [...EVERY, "full"];
const TLS = ["silent", "closed", "reset", "black-hole"];

const emitted = (start) => new Promise((resolve, reject) => start(resolve, reject));
const esm = (file) => import(require("url").pathToFileURL(`${process.env.NODE_PATH}/${file}`).href);
const agent = (module) => (scheme) => (host) => emitted((resolve, reject) => {
  const asked = require(module).get(`${scheme}://${host}/`, { timeout: 3000 }, (answer) => answer.on("end", resolve).resume());
  asked.on("error", reject);
  asked.on("timeout", () => asked.destroy(new Error("the test gave up")));
});

const ATTEMPTS = {
  "net": [null, (host) => emitted((resolve, reject) => {
    const one = require("net").connect(443, host, () => one.write("GET / HTTP/1.0\r\n\r\n"));
    one.on("error", reject).on("close", resolve);
  }), ["refused", "reset", "reset-later", "unreachable", "nxdomain", "servfail"]],
  "tls": [null, (host) => emitted((resolve, reject) => require("tls").connect(443, host).on("error", reject)), ["closed", "reset", "refused"]],
  "http": [null, agent("http")("http"), ["refused", "reset", "reset-later", "closed", "closed-later", "unreachable", "nxdomain", "servfail"]],
  "https": [null, agent("https")("https"), ["refused", "reset", "closed"]],
  "dns (c-ares)": [null, (host) => require("dns").promises.resolve4(host), ["nxdomain", "servfail", "unanswered"]],
  "fetch": [null, (host) => fetch(`http://${host}/`), EVERY.filter((one) => one !== "silent")],
  "fetch (TLS)": [null, (host) => fetch(`https://${host}/`), ["closed", "reset", "refused"]],
  "undici": ["undici", (host) => require("undici").request(`http://${host}/`, {
    dispatcher: new (require("undici").Agent)({ connect: { timeout: 1000 }, headersTimeout: 1500 }) }), EVERY],
  "undici (TLS)": ["undici", (host) => require("undici").request(`https://${host}/`, {
    dispatcher: new (require("undici").Agent)({ connect: { timeout: 1000 }, headersTimeout: 1500 }) }), TLS],
  "axios": ["axios", (host) => require("axios").get(`http://${host}/`, { timeout: 1500 }), EVERY],
  "got": ["got", async (host) => (await esm("got/dist/source/index.js")).default(`http://${host}/`, { timeout: { connect: 1000, response: 1500 }, retry: { limit: 0 } }), EVERY],
  "node-fetch": ["node-fetch", async (host) => (await esm("node-fetch/src/index.js")).default(`http://${host}/`), ["refused", "reset", "reset-later", "closed", "closed-later", "unreachable", "nxdomain"]],
  "superagent": ["superagent", (host) => require("superagent").get(`http://${host}/`).timeout({ response: 1500, deadline: 2000 }), EVERY],
  "needle": ["needle", (host) => require("needle")("get", `http://${host}/`, { open_timeout: 1000, response_timeout: 1500 }), EVERY],
  "@aws-sdk/client-dynamodb": ["@aws-sdk/client-dynamodb", (host) => {
    const { DynamoDBClient, ListTablesCommand } = require("@aws-sdk/client-dynamodb");
    return new DynamoDBClient({ region: "us-east-1", endpoint: `https://${host}`, maxAttempts: 1,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
      requestHandler: { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true } }).send(new ListTablesCommand({}));
  }, EVERY],
  "aws-sdk (v2)": ["aws-sdk", (host) => new (require("aws-sdk").DynamoDB)({ region: "us-east-1", endpoint: `https://${host}`,
    maxRetries: 0, credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    httpOptions: { connectTimeout: 1000, timeout: 1500 } }).listTables().promise(), EVERY],
  "pg": ["pg", (host) => new (require("pg").Client)({ host, user: "app", password: "x", connectionTimeoutMillis: 1000 }).connect(), FULL],
  "pg-pool": ["pg-pool", (host) => new (require("pg").Pool)({ host, user: "app", password: "x", connectionTimeoutMillis: 1000 }).query("SELECT 1"), FULL],
  "postgres": ["postgres", (host) => require("postgres")({ host, user: "app", password: "x", connect_timeout: 1 })`SELECT 1`, FULL],
  "mysql2": ["mysql2", (host) => require("mysql2/promise").createConnection({ host, user: "app", password: "x", connectTimeout: 1000 }), FULL],
  "mysql": ["mysql", (host) => emitted((resolve, reject) => require("mysql").createConnection({ host, user: "app", password: "x", connectTimeout: 1000 })
    .connect((error) => (error ? reject(error) : resolve()))), FULL],
  "mariadb": ["mariadb", (host) => require("mariadb").createConnection({ host, user: "app", password: "x", connectTimeout: 1000 }), FULL],
  "ioredis": ["ioredis", async (host) => {
    const one = new (require("ioredis"))({ host, connectTimeout: 1000, commandTimeout: 1500, lazyConnect: true, retryStrategy: null });
    const said = emitted((_, reject) => one.on("error", reject));
    said.catch(() => {});
    await Promise.race([said, one.connect().then(() => one.ping())]);
  }, FULL],
  "ioredis (retries)": ["ioredis", (host) => new (require("ioredis"))({ host, connectTimeout: 300, maxRetriesPerRequest: 2 })
    .on("error", () => {}).ping(), ["refused", "black-hole"]],
  "redis": ["redis", async (host) => {
    const one = require("redis").createClient({ url: `redis://${host}`, socket: { connectTimeout: 1000, socketTimeout: 1500, reconnectStrategy: false } });
    one.on("error", () => {});
    await one.connect();
    await one.ping();
  }, FULL],
  "mongodb": ["mongodb", (host) => new (require("mongodb").MongoClient)(`mongodb://${host}/`, { serverSelectionTimeoutMS: 2000, connectTimeoutMS: 1000 }).connect(), EVERY],
  "mongoose": ["mongoose", (host) => require("mongoose").createConnection(`mongodb://${host}/app`, { serverSelectionTimeoutMS: 2000, connectTimeoutMS: 1000 }).asPromise(), EVERY],
  "kafkajs": ["kafkajs", (host) => {
    const { Kafka, logLevel } = require("kafkajs");
    return new Kafka({ brokers: [`${host}:9092`], connectionTimeout: 1000, requestTimeout: 1500, retry: { retries: 0 }, logLevel: logLevel.NOTHING }).producer().connect();
  }, EVERY],
  "@grpc/grpc-js": ["@grpc/grpc-js", (host) => emitted((resolve, reject) => {
    const { Client, credentials } = require("@grpc/grpc-js");
    new Client(`${host}:443`, credentials.createInsecure()).makeUnaryRequest("/example.Store/Get", (x) => x, (x) => x, Buffer.alloc(0),
      { deadline: Date.now() + 2000 }, (error) => (error ? reject(error) : resolve()));
  }), EVERY],
  "tedious": ["tedious", (host) => emitted((resolve, reject) => {
    const one = new (require("tedious").Connection)({ server: host, options: { port: 443, connectTimeout: 1000, encrypt: false },
      authentication: { type: "default", options: { userName: "app", password: "x" } } });
    one.on("connect", (error) => (error ? reject(error) : resolve()));
    one.connect();
  }), EVERY],
  "iovalkey": ["iovalkey", async (host) => {
    const one = new (require("iovalkey"))({ host, connectTimeout: 1000, lazyConnect: true, retryStrategy: null });
    await emitted((resolve, reject) => { one.on("error", reject); one.connect().then(() => one.ping()).then(resolve, () => {}); });
  }, FULL],
};

// As the runtime prints an exception that left the handler: type and message, its members, its stack by lines; here
// without the frames, which hold the paths of this machine, and a few levels deep.
function ofRuntime(value, depth = 0) {
  if (!(value instanceof Error)) return ["string", "number", "boolean"].includes(typeof value) ? value : undefined;
  if (depth > 3) return undefined;
  const members = { ...value, ...(value.cause instanceof Error ? { cause: value.cause } : {}), ...(value.errors ? { errors: value.errors } : {}) };
  const own = Object.fromEntries(Object.entries(members).map(([key, one]) =>
    [key, Array.isArray(one) ? one.map((each) => ofRuntime(each, depth + 1)) : ofRuntime(one, depth + 1)]));
  const stack = String(value.stack).split("\n").filter((line) => !/^\s+at /.test(line));
  return { errorType: value.name, errorMessage: value.message, ...own, stack };
}

// As console.error prints it, without the frames, which hold the paths of this machine.
function printed(error) {
  const text = require("util").inspect(error, { depth: 3 });
  return text.split("\n").filter((line) => !/^\s+at /.test(line)).join("\n");
}

async function main() {
  process.on("unhandledRejection", () => {});
  process.on("uncaughtException", () => {});
  console.warn = () => {};
  const chosen = process.argv.slice(2);
  for (const [library, [name, run, faults]] of Object.entries(ATTEMPTS)) {
    if (chosen.length && !chosen.includes(library)) continue;
    await Promise.all(faults.map(async (fault) => {
      let error = null;
      const limit = new Promise((resolve) => setTimeout(resolve, 12_000, null));
      try {
        await Promise.race([limit, run(`${fault}.${DOMAIN}`)]);
      } catch (caught) {
        error = caught;
      }
      if (!(error instanceof Error) || error.code === "MODULE_NOT_FOUND") return;
      const version = name ? JSON.parse(require("fs").readFileSync(`${process.env.NODE_PATH}/${name}/package.json`)).version : process.versions.node;
      const common = { library, version, runtime: `Node.js ${process.versions.node}`, fault };
      const id = "8f1b2c3d-0000-4000-8000-000000000001";
      const invoke = `2026-11-20T12:03:05.123Z\t${id}\tERROR\tInvoke Error \t${JSON.stringify(ofRuntime(error))}`;
      const logged = `2026-11-20T12:03:05.123Z\t${id}\tERROR\t${printed(error)}`;
      process.stdout.write(JSON.stringify({ ...common, how: "uncaught", printed: invoke }) + "\n");
      process.stdout.write(JSON.stringify({ ...common, how: "console.error", printed: logged }) + "\n");
    }));
  }
  process.exit(0);
}

main();
