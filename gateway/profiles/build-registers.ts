import { same } from '../platform/problem.ts';
import { codesOf } from './build-codes.ts';
import {
  modbusTables,
  registerTypes,
  type RegisterField,
  type RegisterRead,
  type RegistersGrammar,
  type ModbusTable,
} from './grammar.ts';
import { mapEntries, within, type Report } from './report.ts';
import type { WrittenRegister, WrittenRegisters } from './written.ts';

const allBits = 0xffff_ffff;
const lastAddress = 0xffff;

/** Every field lies within one of the questions, and every question is asked for a field. */
export function buildRegisters(written: WrittenRegisters, report: Report): RegistersGrammar {
  const reads = written.reads.map(({ table, first, count, destructive = false }, index): RegisterRead => {
    const read = { table, first, count, isDestructive: destructive };
    checkRead(read, within(report, 'reads', index));
    return read;
  });
  const fields = mapEntries(written.fields, within(report, 'fields'), (field, inside) =>
    buildField(field, reads, inside),
  );
  const isCovered = Object.values(fields).every((field) => readOf(field, reads));
  for (const [index, read] of isCovered ? reads.entries() : []) {
    if (Object.values(fields).some((field) => readOf(field, reads) === read)) continue;
    report({
      at: ['reads', index],
      what: { en: 'no field is taken from this question', zh: '没有字段使用此次读取' },
      hint: { en: 'add the field, or remove the question', zh: '请增加字段，或删除此次读取' },
    });
  }
  return { kind: 'registers', reads, fields };
}

/** The question that a field is read with: the first that covers it. */
export function readOf(
  { table, at, type }: Pick<RegisterField, 'table' | 'at' | 'type'>,
  reads: readonly RegisterRead[],
): RegisterRead | undefined {
  return reads.find(
    (read) => read.table === table && at >= read.first && at + registerTypes[type] <= read.first + read.count,
  );
}

function checkRead({ table, first, count }: RegisterRead, report: Report): void {
  const { most } = modbusTables[table];
  if (count > most) {
    report({
      at: ['count'],
      what: {
        en: `one question gives at most ${most} of the table ${table}`,
        zh: `一次最多读取 ${most} 个 ${table}`,
      },
      hint: { en: 'split it into several questions', zh: '请拆分为多次读取' },
    });
  } else if (first + count - 1 > lastAddress) {
    report({ at: ['count'], what: { en: 'addresses end at 65535', zh: '地址最大为 65535' } });
  }
}

const typesOf = (table: ModbusTable): readonly string[] =>
  Object.keys(registerTypes).filter((type) => (type === 'bit') === modbusTables[table].isBits);

function buildField(written: WrittenRegister, reads: readonly RegisterRead[], report: Report): RegisterField {
  const { table, at, type, words = 'big', shift = 0, mask = allBits, invalid, increase = false } = written;
  if (!typesOf(table).includes(type)) {
    const list = typesOf(table).join(', ');
    report({
      at: ['type'],
      what: { en: `the table ${table} has no ${type}`, zh: `${table} 中没有 ${type}` },
      hint: { en: `take ${list}`, zh: `请用 ${list}` },
    });
  }
  if (increase && type === 'bit') {
    report({ at: ['increase'], part: 'key', what: { en: 'a bit does not count up', zh: '位不能累计' } });
  }
  const isMasked = written.shift !== undefined || written.mask !== undefined;
  if (isMasked && !type.startsWith('u')) {
    report({
      at: ['type'],
      what: { en: '`shift` and `mask` are for unsigned types only', zh: '`shift` 和 `mask` 仅用于无符号类型' },
    });
  }
  if (written.words !== undefined && registerTypes[type] === 1) {
    report({
      at: ['words'],
      part: 'key',
      what: { en: `${type} is one register`, zh: `${type} 只占一个寄存器` },
      hint: { en: 'remove `words`', zh: '请删除 `words`' },
    });
  }
  if (!readOf(written, reads)) {
    report({
      at: ['at'],
      what: { en: `no question of \`reads\` covers it`, zh: '`reads` 中没有覆盖它的读取' },
      hint: same(`reads: [{ table: ${table}, first: ${at}, count: ${registerTypes[type]} }]`),
    });
  }
  return { table, at, type, words, shift, mask, invalid: codesOf(invalid), isIncrease: increase };
}
