import {
  makePhantomPatient,
  planPhantomPatient,
  type PhantomPreset,
  type PhantomSeries,
} from '../../infra/phantom/cohort.ts';
import { incompleteVertebrae } from '../../core/structures.ts';

/** Patients nobody trained on: the kept model's are numbered 1001–1056, 2001–2024 and 3001–3012, of another seed. */
export const UNSEEN = { seed: 4242, first: 5001 } as const;

export interface UnseenSeries extends PhantomSeries {
  patient: string;
  incomplete: number[];
}

/** Makes one patient after the other; `sequences` in the order in which the patient has them. */
export function* unseenPatients(preset: PhantomPreset, patients: number): Generator<UnseenSeries[]> {
  for (let at = 0; at < patients; at++) {
    const order = { preset, seed: UNSEEN.seed, patient: UNSEEN.first + at };
    const { sequences } = planPhantomPatient(order).case;
    yield sequences.flatMap((sequence) =>
      makePhantomPatient(order, [sequence]).series.map((series) => ({
        ...series,
        patient: String(order.patient),
        incomplete: incompleteVertebrae(series.truth),
      })),
    );
  }
}
