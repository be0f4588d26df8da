import type { Clock } from '../platform/clock.ts';

/** Rejects when `work` takes longer than it may; what becomes of it then is nobody's business. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, why: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(why)));
    void work.then(resolve, reject).finally(cancel);
  });
}
