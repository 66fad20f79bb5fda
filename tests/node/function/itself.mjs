// A function that brings the package with it, instead of a layer.
await import(process.env.NARROWS_PACKAGE);

export const promised = async () => "ok";
