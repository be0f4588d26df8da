/** Bytes that look random and are the same in each run (congruential generator of Numerical Recipes, "ranqd1"). */
export function noise(seed: number, count: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
