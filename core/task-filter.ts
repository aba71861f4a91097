import { InvalidInputError } from './invalid-input.ts';
import { parseTaskId } from './ids.ts';
import { TaskFlag, TaskKind, TaskState, type TaskRow } from './review.ts';

/** Which tasks a bulk action means: `state=queued,hospital=RH1,doubt>=0.3`. */
export type TaskCondition = (row: TaskRow) => boolean;

type Value = string | number | null;
type Field = { of: (row: TaskRow) => Value; number?: true; words?: readonly string[] };

const FIELDS: Readonly<Record<string, Field>> = {
  dataset: { of: ({ task }) => parseTaskId(task).dataset },
  round: { of: ({ round }) => round, number: true },
  series: { of: ({ series }) => series },
  state: { of: ({ state }) => state, words: TaskState.options },
  kind: { of: ({ kind }) => kind, words: TaskKind.options },
  hospital: { of: ({ hospital }) => hospital ?? null },
  reviewer: { of: ({ reviewer }) => reviewer },
  assignee: { of: ({ assignee }) => assignee ?? null },
  doubt: { of: ({ doubt }) => doubt, number: true },
  minutes: { of: ({ expectedMinutes }) => expectedMinutes ?? null, number: true },
  flag: { of: () => null, words: TaskFlag.options },
};

/**
 * Reads a condition: parts joined by commas, all of which must hold; each a field, one of `=`, `!=`, `<`, `<=`, `>`, `>=`, and a value.
 * `flag=pinned` asks whether a task has a flag. What is not known of a task is equal to nothing. Throws InvalidInputError.
 */
export function taskCondition(text: string): TaskCondition {
  const parts = text.split(',').map((part) => onePart(part.trim()));
  return (row) => parts.every((holds) => holds(row));
}

function onePart(text: string): TaskCondition {
  const match = /^([a-z]+)\s*(!=|<=|>=|=|<|>)\s*(\S+)$/.exec(text);
  const [, name = '', sign = '', value = ''] = match ?? [];
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!match || !field) {
    throw refusal(`parts like state=queued or doubt>=0.3, of the fields ${Object.keys(FIELDS).join(', ')}`, text);
  }
  if (field.words && !field.words.includes(value)) throw refusal(`${name} as one of ${field.words.join(', ')}`, value);
  if (field.number) {
    const number = Number(value);
    if (!Number.isFinite(number)) throw refusal(`a number for ${name}`, value);
    return (row) => compared(field.of(row), sign, number);
  }
  if (sign !== '=' && sign !== '!=') throw refusal(`= or != for ${name}`, sign);
  if (name === 'flag') return ({ flags = [] }) => (flags as string[]).includes(value) === (sign === '=');
  return (row) => (field.of(row) === value) === (sign === '=');
}

function compared(own: Value, sign: string, value: number): boolean {
  if (typeof own !== 'number') return sign === '!=';
  switch (sign) {
    case '=':
      return own === value;
    case '!=':
      return own !== value;
    case '<':
      return own < value;
    case '<=':
      return own <= value;
    case '>':
      return own > value;
    default:
      return own >= value;
  }
}

function refusal(expected: string, got: string): InvalidInputError {
  return new InvalidInputError('command line', '--where', expected, JSON.stringify(got));
}
