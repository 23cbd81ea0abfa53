/** A running Node process, asked over its inspector (https://chromedevtools.github.io/devtools-protocol/v8/). */
export interface Inspector {
  call<Result>(method: string, parameters?: Record<string, unknown>): Promise<Result>;
  close(): void;
}

const DEADLINE_MS = 60_000;

/** What makes a Node process listen; loopback only. */
export const inspectable = (port: number): { NODE_OPTIONS: string } => ({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}` });

/** @throws Error when nothing listens at the port. */
export const connectInspector = async (port: number): Promise<Inspector> => {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(DEADLINE_MS) });
  const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error(`the inspector at port ${port} has nothing to show`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`the inspector at port ${port} does not open`)), { once: true });
  });
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let nextId = 0;
  return {
    call: <Result>(method: string, params: Record<string, unknown> = {}): Promise<Result> => {
      nextId += 1;
      const id = nextId;
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const late = setTimeout(() => reject(new Error(`the inspector did not answer ${method}`)), DEADLINE_MS);
      waiting.set(id, ({ result, error }) => {
        clearTimeout(late);
        waiting.delete(id);
        if (error === undefined) resolve(result as Result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params }));
      return promise;
    },
    close: () => socket.close(),
  };
};
