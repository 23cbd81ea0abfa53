// Preloaded into every process that we start: without us it ends, however we ended and however far it had come. A room that serves
// drains by itself within 4 s; this is for those that had not got so far. JavaScript, because nothing may slow a start down.
const GRACE_MS = 5_000;
if (process.channel) {
  process.once('disconnect', () => setTimeout(() => process.exit(1), GRACE_MS).unref());
  // Only a process that waits for our messages stays for the channel.
  process.channel.unref();
}
