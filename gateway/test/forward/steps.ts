import * as fc from 'fast-check';

const number = fc.nat({ max: 1000 });

const kinds = {
  readings: fc.record({
    do: fc.constant('readings' as const),
    count: fc.integer({ min: 1, max: 200 }),
    bytes: fc.constantFrom(150, 400, 3000),
  }),
  alarm: fc.record({
    do: fc.constant('alarm' as const),
    state: fc.constantFrom('active' as const, 'normal' as const),
    rule: fc.nat({ max: 3 }),
    isCritical: fc.boolean(),
  }),
  ack: fc.record({ do: fc.constant('ack' as const), which: number, count: fc.integer({ min: 1, max: 20 }) }),
  /** The broker has it, but the ack is lost with the connection. */
  take: fc.record({ do: fc.constant('take' as const), which: number }),
  refuse: fc.record({
    do: fc.constant('refuse' as const),
    which: number,
    because: fc.constantFrom('size' as const, 'content' as const, 'denied' as const),
  }),
  drop: fc.record({ do: fc.constant('drop' as const) }),
  pass: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 900, 3000, 9000, 61_000) }),
  lose: fc.record({ do: fc.constant('lose' as const), at: number, count: fc.integer({ min: 1, max: 30 }) }),
  restart: fc.record({ do: fc.constant('restart' as const) }),
};

/** What the world does to a forwarder. Numbers choose among what there is. */
export const steps = fc.oneof(
  { weight: 5, arbitrary: kinds.readings },
  { weight: 4, arbitrary: kinds.alarm },
  { weight: 8, arbitrary: kinds.ack },
  { weight: 2, arbitrary: kinds.take },
  { weight: 1, arbitrary: kinds.refuse },
  { weight: 2, arbitrary: kinds.drop },
  { weight: 5, arbitrary: kinds.pass },
  { weight: 1, arbitrary: kinds.lose },
  { weight: 1, arbitrary: kinds.restart },
);

export type Step = typeof steps extends fc.Arbitrary<infer Made> ? Made : never;
