// What is called: HTTP and gRPC, each with and without TLS, on ports that it prints as one line of JSON.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const [folder] = process.argv.slice(2);
const pair = { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) };
const grpc = createRequire(`${process.env.CLIENTS}/`)("@grpc/grpc-js");

function web(server) {
  server.keepAliveTimeout = 0;
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

function answer(request, response) {
  request.resume().on("end", () => response.setHeader("content-type", "application/x-amz-json-1.0").end("{}"));
}

function echo(credentials) {
  const same = (bytes) => bytes;
  const form = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
  const server = new grpc.Server();
  const say = { ...form, path: "/test.Echo/Say", requestStream: false, responseStream: false };
  const get = { ...say, path: "/cache_client.Scs/Get" };
  server.addService({ say }, { say: (call, done) => done(null, call.request) });
  // Field 1 of a _GetResponse is its result: 3 is a miss.
  server.addService({ get }, { get: (call, done) => done(null, Buffer.from([8, 3])) });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

const secure = grpc.ServerCredentials.createSsl(null, [{ private_key: pair.key, cert_chain: pair.cert }]);
const ports = {
  http: [await web(http.createServer(answer)), await web(https.createServer(pair, answer))],
  grpc: [await echo(grpc.ServerCredentials.createInsecure()), await echo(secure)],
};
console.log(JSON.stringify(ports));
