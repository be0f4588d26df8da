import { pointerTo, type Problem, type Words } from '../platform/problem.ts';

/** Takes note of something wrong; checking goes on, so that one run finds everything. */
export type Report = (problem: Problem) => void;

export function uniqueIds(group: string, rows: readonly { readonly id: string }[], report: Report): void {
  for (const [index, { id }] of rows.entries()) {
    if (rows.findIndex((row) => row.id === id) === index) continue;
    report({ pointer: pointerTo(group, index, 'id'), part: 'value', what: taken(id), hint: chooseAnother });
  }
}

const taken = (id: string): Words => ({ en: `the id \`${id}\` is taken already`, zh: `标识 \`${id}\` 已被占用` });
const chooseAnother: Words = { en: 'choose another', zh: '请另选一个' };
