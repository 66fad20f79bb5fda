// Handlers of every form that Node.js runtimes know, and some that they do not.

exports.promised = async () => "ok";

exports.called = (event, context, callback) => callback(null, "ok");

/** The answer waits until nothing is left to do: whatever keeps the event loop alive delays it. */
exports.calledAndWaits = (event, context, callback) => {
  setTimeout(() => {}, 50);
  callback(null, "ok");
};

exports.returned = () => "ok";

exports.rejects = async () => {
  throw new TypeError("this one always fails");
};

exports.throws = () => {
  throw new TypeError("this one always fails");
};

exports.streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("o");
  stream.end("k");
});

exports.failsWhileStreaming = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("o");
  throw new TypeError("this one always fails");
});

exports.A = class {};

exports.slow = ({ milliseconds }) => {
  console.log("began");
  return new Promise((resolve) => setTimeout(() => resolve("ok"), milliseconds));
};
