// Another that is loaded before the runtime, as OpenTelemetry's is: it wraps what we wrap.
const net = require("node:net");

const { connect } = net.Socket.prototype;
globalThis.another = { from: "require", connects: 0 };
net.Socket.prototype.connect = function (...given) {
  globalThis.another.connects += 1;
  return Reflect.apply(connect, this, given);
};
