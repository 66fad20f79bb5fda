// One request by each client, with its defaults and kept at module level, as its documentation has it.
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.CLIENTS}/`);

/** A function that makes one request, by name: what it is given says where to. */
export const CLIENTS = {
  fetch: ({ host, port, secure }) => {
    const url = `${secure ? "https" : "http"}://${host}:${port}/`;
    return async () => {
      const answer = await fetch(url, { method: "POST", body: "x" });
      return answer.text();
    };
  },

  http: ({ host, port, secure }) => {
    const module = secure ? https : http;
    const agent = new module.Agent({ keepAlive: true });
    return () =>
      new Promise((resolve, reject) => {
        const request = module.request({ host, port, agent, method: "POST" }, (answer) => {
          answer.resume().on("end", resolve).on("error", reject);
        });
        request.on("error", reject).end("x");
      });
  },

  "aws-sdk": ({ host, port, secure }) => {
    const { DynamoDBClient, ListTablesCommand } = require("@aws-sdk/client-dynamodb");
    const client = new DynamoDBClient({
      endpoint: `${secure ? "https" : "http"}://${host}:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
    });
    return () => client.send(new ListTablesCommand({}));
  },

  ioredis: ({ host, port, secure }) => {
    const { Redis } = require("ioredis");
    const client = new Redis({ host, port, ...(secure && { tls: {} }) });
    client.on("error", () => {});
    return () => client.incr("key");
  },

  pg: ({ host, port, secure }) => {
    const { Pool } = require("pg");
    // Without a listener for errors, as many have it: an idle client that ends is to end nothing else.
    const pool = new Pool({ host, port, user: "postgres", database: "postgres", max: 1, ...(secure && { ssl: true }) });
    return () => pool.query("select 1");
  },

  grpc: ({ host, port, secure }) => {
    const grpc = require("@grpc/grpc-js");
    const credentials = secure ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
    const client = new grpc.Client(`${host}:${port}`, credentials);
    const same = (bytes) => bytes;
    return () =>
      new Promise((resolve, reject) => {
        const done = (error, answer) => (error ? reject(error) : resolve(answer));
        client.makeUnaryRequest("/test.Echo/Say", same, same, Buffer.from("x"), done);
      });
  },

  momento: ({ host, port, secure }) => {
    const { CacheClient, CacheGetResponse, Configurations, CredentialProvider } = require("@gomomento/sdk");
    const local = CredentialProvider.forMomentoLocal({ hostname: host, port });
    if (secure) local.isEndpointSecure = local.isCacheEndpointSecure = () => true;
    const client = new CacheClient({
      configuration: Configurations.Lambda.latest(),
      credentialProvider: local,
      defaultTtlSeconds: 60,
    });
    return async () => {
      const answer = await client.get("cache", "key");
      if (answer.type === CacheGetResponse.Error) throw Object.assign(new Error(), { code: answer.errorCode() });
    };
  },
};
