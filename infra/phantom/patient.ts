import type { Vec3 } from '../../core/geometry.ts';
import { seriesId, type PatientId, type Sequence, type SeriesId } from '../../core/ids.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import { keepAnnotated } from './annotation.ts';
import { drawAnatomy, type Anatomy } from './anatomy.ts';
import { Body } from './body.ts';
import { drawCase, type Case } from './case.ts';
import { fieldOfView } from './field-of-view.ts';
import type { PhantomHospital, PhantomPreset } from './hospitals.ts';
import { protocolOf } from './protocol.ts';
import { indexToBody, render } from './render.ts';
import { scan } from './scanner.ts';
import { ValueNoise } from './value-noise.ts';

/** Which patient: the same three always give the same bytes. */
export interface PhantomOrder {
  preset: PhantomPreset;
  seed: number;
  /** 1, 2, … */
  patient: number;
}

export interface PhantomSeries {
  series: SeriesId;
  sequence: Sequence;
  image: Volume<Int16Array>;
  /** In SPIDER's labels, on the image's grid. */
  truth: Mask;
  /** How far the body had moved (LPS, mm) since the scanner was set up. */
  movedMm: Vec3;
  /** Whether it had moved so far that a mask carried over from the SPACE series is wrong. */
  misaligned: boolean;
}

export interface PhantomPatient {
  patient: PatientId;
  hospital: PhantomHospital;
  sex: 'F' | 'M';
  ageYears: number;
  series: PhantomSeries[];
}

/** What is known of a patient before anything is imaged. */
export interface PhantomPlan {
  patient: PatientId;
  anatomy: Anatomy;
  case: Case;
}

export function planPhantomPatient({ preset, seed, patient }: PhantomOrder): PhantomPlan {
  return {
    patient: String(patient),
    anatomy: drawAnatomy(`${seed}/${patient}`),
    case: drawCase(preset, seed, patient),
  };
}

/** Images one patient in memory; `sequences` (default: all the patient has) leaves the others out, which changes none of these. */
export function makePhantomPatient(order: PhantomOrder, sequences?: readonly Sequence[]): PhantomPatient {
  const { patient, anatomy, case: drawn } = planPhantomPatient(order);
  const name = `${order.seed}/${order.patient}`;
  const body = new Body(anatomy, `${name}/noise`);
  const wanted = drawn.sequences.filter((sequence) => sequences?.includes(sequence) ?? true);
  return {
    patient,
    hospital: drawn.hospital,
    sex: anatomy.sex,
    ageYears: anatomy.ageYears,
    series: wanted.map((sequence) => imageSeries(order, body, drawn, sequence, name)),
  };
}

function imageSeries(
  { preset, patient }: PhantomOrder,
  body: Body,
  drawn: Case,
  sequence: Sequence,
  name: string,
): PhantomSeries {
  const protocol = protocolOf(preset, drawn.hospital, sequence, name);
  const grid = fieldOfView(body, drawn, protocol);
  const pose = drawn.poses[sequence];
  const map = indexToBody(grid, pose);
  const { signal, labels } = render(body, grid, map, protocol.contrast, new ValueNoise(`${name}/grain`));
  keepAnnotated(labels, grid, body, pose);
  const voxels = scan(signal, grid, map, body, { protocol, name: `${name}/${sequence}` });
  return {
    series: seriesId(String(patient), sequence),
    sequence,
    image: { grid, element: 'SHORT', voxels },
    truth: { grid, element: 'SHORT', voxels: labels },
    movedMm: pose.movedMm,
    misaligned: drawn.misaligned === sequence,
  };
}
