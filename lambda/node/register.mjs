// Loaded before the runtime (NODE_OPTIONS="--import .../register.mjs") or imported by a handler's module: both do the
// same, and doing both is doing it once. Nothing here can fail the function.
try {
  const { install } = await import("./src/install.mjs");
  install();
} catch {
  // The function runs without us.
}
