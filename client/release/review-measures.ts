import type { ObjectStore } from '../../adapters/object-store.ts';
import { biasReport } from '../../core/bias-report.ts';
import type { DatasetName } from '../../core/ids.ts';
import { auditReport } from '../../core/mask-audit.ts';
import { valueOf } from '../../core/measure.ts';
import { REF } from '../../core/refs.ts';
import type { BiasMeasure, ResidualErrorMeasure } from '../../core/release-gates.ts';
import { AuditLog, ControlLog } from '../../core/review-records.ts';

/** The share of audited masks with an error, over all rounds; null without audits. */
export async function residualError(store: ObjectStore, dataset: DatasetName): Promise<ResidualErrorMeasure | null> {
  const log = await store.readRef(dataset, REF.audits, AuditLog);
  if (!log || log.value.audits.length === 0) return null;
  const { rates } = auditReport(log.value.audits, { dataset });
  const masks = rates.find(({ of }) => of === 'mask')!;
  return {
    audits: masks.count,
    wrong: masks.errors,
    // Without an interval nothing is known.
    upperBound: masks.interval?.high ?? 1,
    source: `refs/${dataset}/${REF.audits}`,
  };
}

/** How far corrected references lean towards the model, over all classes and rounds; null without blinded controls. */
export async function biasMeasure(store: ObjectStore, dataset: DatasetName): Promise<BiasMeasure | null> {
  const log = await store.readRef(dataset, REF.controls, ControlLog);
  if (!log || log.value.controls.length === 0) return null;
  const { controls, classes } = biasReport(log.value.controls, { dataset });
  const all = classes.find((each) => each.class === 'all')!;
  return { controls, lean: valueOf(all.everywhere.lean) ?? null, source: `refs/${dataset}/${REF.controls}` };
}
