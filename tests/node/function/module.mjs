// The same forms as an ES module.
export const promised = async () => "ok";

export const streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.end("ok");
});
