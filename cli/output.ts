import { exitCodeOf } from './exit-codes.ts';
import { formatTable, type Column } from './table.ts';
import { createProgress, type Progress } from './progress.ts';

/**
 * What commands say. Results go to stdout; progress and errors to stderr, so that a pipe only ever carries results. With `--json`
 * stdout carries JSON and nothing else, and an error is JSON as well.
 */
export interface Output {
  json: boolean;
  /** A command's result: `value` with --json, else what `print` prints. */
  result(value: unknown, print: () => void): void;
  /** A line of a result; nothing with --json. */
  line(text?: string): void;
  /** A table of a result; nothing with --json. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void;
  /** A passing remark on stderr; nothing with --json. */
  note(text: string): void;
  /** Progress of counted work on stderr: a bar on a terminal, now and then a line elsewhere, nothing with --json. */
  progress(title: string, total: number): Progress;
  error(error: unknown): void;
}

export function createOutput(stdout: NodeJS.WritableStream, stderr: NodeJS.WriteStream): Output {
  const output: Output = {
    json: false,
    result(value, print) {
      if (output.json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else print();
    },
    line(text = '') {
      if (!output.json) stdout.write(`${text}\n`);
    },
    table(columns, rows) {
      if (!output.json) stdout.write(`${formatTable(columns, rows)}\n`);
    },
    note(text) {
      if (!output.json) stderr.write(`${text}\n`);
    },
    progress: (title, total) => createProgress(stderr, output.json, title, total),
    error(error) {
      stderr.write(`${output.json ? JSON.stringify(errorDocument(error)) : `error: ${messageOf(error)}`}\n`);
    },
  };
  return output;
}

function errorDocument(error: unknown) {
  const name = error instanceof Error ? error.name : 'Error';
  return { error: { name, message: messageOf(error), exitCode: exitCodeOf(error) } };
}

/**
 * The message, and those of its causes that add something: Temporal's "Workflow execution failed" says nothing by itself. An error
 * nobody foresaw keeps its stack, for the report.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (['TypeError', 'ReferenceError', 'RangeError'].includes(error.name)) return error.stack ?? error.message;
  const messages: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { message } = at;
    if (message && !messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages.join(': ').replace(/^error: /, '') || error.name;
}
