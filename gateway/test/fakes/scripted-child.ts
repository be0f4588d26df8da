import type { Child, StartChild } from '../../platform/children.ts';

/** A child process that is the test. */
export class ScriptedChild implements Child {
  readonly ended: Promise<string>;
  readonly heard: unknown[] = [];
  isKilled = false;
  #listeners: ((message: unknown) => void)[] = [];
  #end: (why: string) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The child says something. */
  say(message: unknown): void {
    for (const listener of this.#listeners) listener(message);
  }

  fall(why = 'ended with code 1'): void {
    this.#end(why);
  }

  send(message: unknown): void {
    this.heard.push(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.push(listener);
  }

  kill(): void {
    this.isKilled = true;
    this.#end('ended by SIGKILL');
  }
}

export function scriptedChildren(): { startChild: StartChild; children: ScriptedChild[] } {
  const children: ScriptedChild[] = [];
  return {
    children,
    startChild: () => {
      const child = new ScriptedChild();
      children.push(child);
      return child;
    },
  };
}
