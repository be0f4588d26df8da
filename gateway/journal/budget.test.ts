import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextStep, type BudgetLimits, type SegmentView } from './budget.ts';

const day = 86_400_000;
const limits: BudgetLimits = { budgetBytes: 1000, slackBytes: 100, keepMs: 30 * day, now: 100 * day };

interface Shape {
  readonly size?: number;
  readonly sealed?: boolean;
  readonly isActive?: boolean;
  readonly ageDays?: number;
  readonly readings?: number;
  readonly alarms?: number;
}

/** Segments, oldest first, named by their place. */
function views(...shapes: readonly Shape[]): readonly SegmentView[] {
  return shapes.map(
    ({ size = 100, sealed = true, isActive = false, ageDays = 1, readings = 0, alarms = 0 }, index): SegmentView => ({
      segment: { path: String(index), epoch: 1, first: index * 100 + 1, attempt: 0, size, sealed },
      isActive,
      newestAt: limits.now - ageDays * day,
      wantedReadings: readings,
      wantedAlarms: alarms,
    }),
  );
}

/** `kind path` of the next step. */
function step(shapes: readonly Shape[], changes: Partial<BudgetLimits> = {}): string | undefined {
  const next = nextStep(views(...shapes), { ...limits, ...changes });
  return next && `${next.kind} ${next.segment.path}`;
}

const big = { size: 600 };
const active = { isActive: true, sealed: false };

describe('the next step of house-keeping', () => {
  test.each<[string, readonly Shape[], string | undefined]>([
    ['nothing, when all is well', [{}, {}, active], undefined],
    ['nothing for the active segment, whatever it is', [{ ...active, size: 5000, ageDays: 400 }], undefined],
    ['what everybody has and is older than keepDays goes', [{ ageDays: 31 }, active], 'remove 0'],
    ['it stays while it is younger', [{ ageDays: 30 }, active], undefined],
    ['it stays while somebody wants a reading', [{ ageDays: 400, readings: 1 }, active], undefined],
    ['it stays while somebody wants an alarm', [{ ageDays: 400, alarms: 1 }, active], undefined],
    ['a closed segment is sealed', [{}, { sealed: false }, active], 'seal 1'],
    [
      'over budget: what everybody has goes first, whatever its age',
      [
        { ...big, readings: 1 },
        { ...big, ageDays: 0 },
      ],
      'remove 1',
    ],
    ['the oldest of these', [{ readings: 9 }, big, big], 'remove 1'],
    [
      'then telemetry that nobody got yet, the oldest first',
      [{ ...big, alarms: 1 }, { ...big, readings: 1 }, { readings: 1 }],
      'drop 1',
    ],
    ['alarms last', [{ ...big, alarms: 1 }, { ...big, alarms: 1 }, active], 'remove 0'],
    [
      'alarms stay as long as they are few',
      [
        { size: 50, alarms: 1 },
        { ...active, size: 2000 },
      ],
      undefined,
    ],
    [
      'over budget nothing is sealed that has no room for its copy',
      [
        { size: 50, sealed: false, alarms: 1 },
        { ...active, size: 1060 },
      ],
      undefined,
    ],
    [
      'with room for its copy it is, and becomes smaller',
      [
        { size: 50, sealed: false, alarms: 1 },
        { ...active, size: 960 },
      ],
      'seal 0',
    ],
  ])('%s', (_name, shapes, expected) => {
    expect(step(shapes)).toBe(expected);
  });

  test('with a clock that is years behind takes nothing for old', () => {
    expect(step([{ ageDays: 31 }, active], { now: 0 })).toBeUndefined();
  });
});

test('house-keeping ends, in budget, and drops nothing that could have stayed', () => {
  const shape = fc.record({
    size: fc.integer({ min: 1, max: 400 }),
    sealed: fc.boolean(),
    ageDays: fc.integer({ min: 0, max: 60 }),
    readings: fc.constantFrom(0, 0, 5),
    alarms: fc.constantFrom(0, 0, 1),
  });
  const counts = { remove: 0, drop: 0, seal: 0 };
  fc.assert(
    fc.property(fc.array(shape, { size: 'max', maxLength: 30 }), (shapes) => {
      let left = views(...shapes, { isActive: true, size: 50 });
      const used = (): number => left.reduce((sum, { segment }) => sum + segment.size, 0);
      for (let steps = 0; ; steps++) {
        expect(steps).toBeLessThan(200);
        const next = nextStep(left, limits);
        if (!next) break;
        counts[next.kind]++;
        const own = left.find(({ segment }) => segment === next.segment);
        const others = left.filter((view) => view !== own && !view.isActive);
        const isWanted = own !== undefined && own.wantedReadings + own.wantedAlarms > 0;
        if (isWanted && next.kind !== 'seal') {
          expect(used()).toBeGreaterThan(limits.budgetBytes);
          expect(others.some(({ wantedReadings, wantedAlarms }) => wantedReadings + wantedAlarms === 0)).toBe(false);
        }
        if (own && own.wantedAlarms > 0 && next.kind === 'remove') {
          expect(others.some(({ wantedReadings }) => wantedReadings > 0)).toBe(false);
        }
        if (next.kind === 'seal') expect(used() + next.segment.size).toBeLessThanOrEqual(1100);
        left = left.flatMap((view) => {
          if (view !== own) return [view];
          if (next.kind === 'remove' || (next.kind === 'drop' && view.wantedAlarms === 0)) return [];
          const size = Math.ceil(view.segment.size / (next.kind === 'drop' ? 10 : 2));
          const wantedReadings = next.kind === 'drop' ? 0 : view.wantedReadings;
          return [{ ...view, wantedReadings, segment: { ...view.segment, size, sealed: true } }];
        });
      }
      expect(used()).toBeLessThanOrEqual(limits.budgetBytes);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(counts.remove, counts.drop, counts.seal)).toBeGreaterThan(50);
});
