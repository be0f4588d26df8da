/** Waits for something that real parts take a moment for; rejects when it takes longer than that. */
export async function until(isSo: () => boolean, withinMs = 30_000): Promise<void> {
  const giveUp = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > giveUp)
      throw new Error(`it did not happen within ${withinMs / 1000} s: ${isSo.toString()}`);
    await pause(5);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
