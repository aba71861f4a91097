import './zod-without-eval.ts';
import type { GateFix, GateResult } from '../../core/gate-result.ts';
import { applyFix, checkMask } from '../../core/gates.ts';
import type { Grid } from '../../core/geometry.ts';
import { completeLabel } from '../../core/labels.ts';

/** The server's checks, in a thread beside the page: a large volume takes seconds. Labels are in the file's voxel order. */

export interface GateQuestion {
  grid: Grid;
  labels: Uint8Array<ArrayBuffer>;
  /** A fix to make; without it the mask is checked. */
  fix?: GateFix;
}
export type GateAnswer = { gates: GateResult[] } | { fixed: Uint8Array<ArrayBuffer> } | { fault: string };

const thread = self as unknown as {
  onmessage: (event: MessageEvent<GateQuestion>) => void;
  postMessage(answer: GateAnswer, transfer?: Transferable[]): void;
};

thread.onmessage = ({ data }) => {
  try {
    if (data.fix === undefined) return thread.postMessage({ gates: checkMask(asSubmitted(data), data.grid) });
    const fixed = fixedLabels(data, data.fix);
    thread.postMessage({ fixed }, [fixed.buffer]);
  } catch (error) {
    thread.postMessage({ fault: error instanceof Error ? error.message : 'an unknown fault' });
  }
};

/** The mask as it would be sent: a vertebra partly in view by its plain label. */
function asSubmitted({ grid, labels }: GateQuestion) {
  return { grid, element: 'SHORT' as const, voxels: Int16Array.from(labels, completeLabel) };
}

function fixedLabels(question: GateQuestion, fix: GateFix): Uint8Array<ArrayBuffer> {
  const before = asSubmitted(question);
  const after = applyFix(before, fix);
  return Uint8Array.from(question.labels, (label, at) =>
    after.voxels[at] === before.voxels[at] ? label : after.voxels[at]!,
  );
}
