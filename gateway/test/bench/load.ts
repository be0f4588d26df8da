import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Measures again, once, where a round failed: with unlimited queues mosquitto 2.0.11 now and then stops sending. */
export async function twice<T>(measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } catch (error) {
    console.log(`measured again: ${String(error)}`);
    return measure();
  }
}

/** Runs a module beside this file to its end, in a process of its own, and resolves with the one message it sends. */
export async function runLoad<T>(module: string, plan: unknown): Promise<T> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), [JSON.stringify(plan)], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(/^Error: (.*)$/m.exec(said)?.[1] ?? `${module} ended with ${String(code)}: ${said}`);
  });
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [T];
  return result;
}

/** Ends a process that was asked to go, if need be by force. */
export async function endChild(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  ask();
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}
