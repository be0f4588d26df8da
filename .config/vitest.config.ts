import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const everywhere = '{gateway,device-profiles,hardware}/**';

/**
 * Three kinds of proof. `unit`: pure modules and fakes, seconds. `parts`: real brokers, boards, processes and the
 * fault proofs of the journal, minutes. `long`: those of them that look at random cases, with many more of these.
 */
export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: 'unit',
          root,
          include: [`${everywhere}/*.test.ts`],
          exclude: ['**/*.parts.test.ts', '**/node_modules/**'],
          setupFiles: ['.config/vitest.setup.ts'],
          // Starting a worker for each of a hundred files takes longer than most of them.
          isolate: false,
          // Some run the whole firmware instruction by instruction, on a machine that may be busy.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'parts',
          root,
          include: [`${everywhere}/*.parts.test.ts`],
          maxConcurrency: 100,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'long',
          root,
          include: [
            'gateway/journal/power-cut.parts.test.ts',
            'gateway/field/field.parts.test.ts',
            'gateway/forward/forwarder.property.test.ts',
            'gateway/broker/hostile.parts.test.ts',
            'gateway/test/scenarios/outage.parts.test.ts',
          ],
          env: {
            LAMPPOST_SEED: '7',
            LAMPPOST_CUTS: '340',
            LAMPPOST_UNPLUGS: '1000',
            LAMPPOST_RUNS: '2000',
            LAMPPOST_FUZZ: '100000',
          },
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
