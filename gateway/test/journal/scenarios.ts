import { everyWriteFails, type Harness } from './history.ts';

/** A day in the life of a journal. Each runs to its end once; the power is then cut after every operation it did. */
export const scenarios: Readonly<Record<string, (harness: Harness) => Promise<void>>> = {
  'readings come one by one': async (harness) => {
    await harness.open();
    for (let index = 0; index < 20; index++) {
      harness.add(1, { pad: 100 });
      await harness.settle();
    }
  },

  'groups of readings share commits': async (harness) => {
    await harness.open();
    for (let round = 0; round < 12; round++) {
      for (let group = 0; group < 5; group++) harness.add(1 + ((round + group) % 4), { pad: 40, key: group % 2 === 0 });
      await harness.settle();
    }
  },

  'an alarm is kept with its reading': async (harness) => {
    await harness.open();
    for (let index = 0; index < 15; index++) {
      harness.add(2, { alarm: index % 3 === 0, pad: 200 });
      await harness.settle();
    }
  },

  'large commits span many sectors': async (harness) => {
    await harness.open();
    for (let index = 0; index < 12; index++) {
      harness.add(6, { pad: 300 + index * 17 });
      harness.add(3, { pad: 555 });
      await harness.settle();
    }
  },

  'segments fill and new ones begin': async (harness) => {
    await harness.open();
    for (let index = 0; index < 30; index++) {
      harness.add(2, { pad: 350, alarm: index % 7 === 0 });
      await harness.settle();
    }
  },

  'closed segments are sealed': async (harness) => {
    await harness.open();
    for (let index = 0; index < 24; index++) {
      harness.add(3, { pad: 250, alarm: index % 5 === 0, key: true });
      await harness.settle();
      if (index % 8 === 7) await harness.current.maintain();
    }
  },

  'upstreams ack while readings come': async (harness) => {
    await harness.open();
    for (let index = 0; index < 16; index++) {
      harness.add(3, { pad: 180 });
      await harness.settle();
      harness.deliver('city', index * 3 + 1, index * 3 + 3);
      if (index % 2) harness.deliver('water', index * 3 - 2, index * 3);
    }
    await harness.settle();
  },

  'delivered segments go when the budget is reached': async (harness) => {
    await harness.open();
    harness.history.mayGo(harness.current.epoch, 1, 10_000);
    for (let index = 0; index < 30; index++) {
      harness.add(3, { pad: 300 });
      await harness.settle();
      harness.deliver('city', index * 3 + 1, index * 3 + 3);
      harness.deliver('water', index * 3 + 1, index * 3 + 3);
      if (index % 6 === 5) await harness.current.maintain();
    }
    await harness.settle();
  },

  'undelivered telemetry leaves gaps, its alarms stay': async (harness) => {
    await harness.open();
    const { epoch } = harness.current;
    for (let index = 0; index < 30; index++) {
      const first = harness.current.nextSeq;
      harness.history.mayGo(epoch, first, first + 2);
      harness.add(3, { pad: 300, alarm: index % 4 === 0 });
      await harness.settle();
      if (index % 6 === 5) await harness.current.maintain();
    }
    await harness.settle();
  },

  'the gateway is stopped and started': async (harness) => {
    for (let start = 0; start < 5; start++) {
      const journal = await harness.open();
      for (let index = 0; index < 4; index++) harness.add(2, { pad: 150, key: true, alarm: index === 2 });
      await harness.settle();
      harness.deliver('city', 1, 5);
      await journal.close();
    }
  },

  'the gateway is killed and started': async (harness) => {
    for (let start = 0; start < 6; start++) {
      await harness.open();
      for (let index = 0; index < 4; index++) {
        harness.add(2, { pad: 150, key: true });
        await harness.settle();
      }
      harness.add(3);
    }
    await harness.settle();
  },

  'old epochs are sealed by the next start': async (harness) => {
    for (let start = 0; start < 4; start++) {
      const journal = await harness.open();
      for (let index = 0; index < 8; index++) {
        harness.add(3, { pad: 200 });
        await harness.settle();
      }
      await journal.maintain();
      if (start % 2) await journal.close();
    }
  },

  'a write fails now and then': async (harness) => {
    await harness.open();
    harness.disk.faultAt = (n) => (n % 11 === 0 ? { kind: 'error', code: n % 2 ? 'EIO' : 'ENOSPC' } : undefined);
    for (let index = 0; index < 18; index++) {
      harness.add(2, { pad: 220, key: true });
      await harness.settle();
    }
  },

  'the system takes a few bytes at a time': async (harness) => {
    await harness.open();
    harness.disk.faultAt = (n) => (n % 3 ? { kind: 'short', bytes: 100 + (n % 700) } : undefined);
    for (let index = 0; index < 8; index++) {
      harness.add(4, { pad: 260 });
      await harness.settle();
    }
  },

  'the disk fails for a while': async (harness) => {
    await harness.open();
    for (let index = 0; index < 4; index++) {
      harness.add(2, { pad: 220 });
      await harness.settle();
    }
    const now = harness.disk.operations;
    harness.disk.faultAt = everyWriteFails('EIO', now + 1, now + 7);
    harness.add(2, { pad: 100 });
    const settled = harness.settle();
    for (let probe = 0; probe < 6; probe++) {
      harness.add(1, { pad: 90 });
      await harness.clock.advance(10_000);
    }
    await settled;
    harness.add(2);
    await harness.settle();
  },
};
