import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

/**
 * Three kinds of proof. `unit`: pure modules and fakes, seconds. `parts`: real brokers, boards, processes and the
 * fault proofs of the journal, minutes. `long`: many more rounds of the same, for a nightly run.
 */
export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: 'unit',
          root,
          include: ['{gateway,device-profiles,hardware}/**/*.test.ts'],
          exclude: ['**/*.parts.test.ts', '**/*.long.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'parts',
          root,
          include: ['{gateway,device-profiles,hardware}/**/*.parts.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'long',
          root,
          include: ['{gateway,device-profiles,hardware}/**/*.long.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
