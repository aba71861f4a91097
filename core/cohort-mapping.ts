import { z } from 'zod';
import { Sex } from './catalog.ts';
import { Hospital, PatientId, SeriesId } from './ids.ts';
import { STRUCTURE_CLASSES, type StructureClass } from './labels.ts';

/**
 * A mapping names the series of a folder that isn't laid out as SPIDER is: where image and mask lie, whose they are, and what
 * the mask's labels mean. It holds no voxels, so it can stand in this repository while the files stay where they are.
 */
export const MAPPING_SCHEMA = 'spindle.cohort-mapping/1';

/** A path below the cohort's folder: forward slashes, nothing that leads out of it. */
const InnerPath = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
    'expected a relative path inside the folder',
  )
  .refine((path) => !path.split('/').includes('..'), 'expected a path without ".."');

const StructureClassName = z.enum(STRUCTURE_CLASSES);
const Label = z.string().regex(/^([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$/, 'expected a label from 1 to 255');

const MappedSeries = z
  .object({
    series: SeriesId,
    /** Default: the study's number. */
    patient: PatientId.optional(),
    hospital: Hospital,
    sex: Sex,
    image: InnerPath,
    mask: InnerPath.nullable(),
    /** `initial`: the mask is ingested. `held-back`: it isn't; the simulated reviewer corrects towards it. */
    role: z.enum(['initial', 'held-back']),
    /** "spider": the mask is in SPIDER's labels. Otherwise what class each of its labels is. */
    labels: z.union([z.literal('spider'), z.record(Label, StructureClassName)]),
    /** The classes that were annotated at all. */
    annotatedClasses: z.array(StructureClassName),
    /** The patient belongs to the hidden test: all its series go into the sealed bucket. */
    hidden: z.literal(true).optional(),
  })
  .superRefine((entry, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (entry.role === 'held-back' && !entry.mask) refuse('mask', 'expected a mask, since it is held back');
    if (entry.mask && entry.annotatedClasses.length === 0)
      refuse('annotatedClasses', 'expected the classes of the mask');
    const { labels } = entry;
    if (labels === 'spider' || !entry.mask) return;
    const named = new Set<StructureClass>(Object.values(labels));
    const nowhere = entry.annotatedClasses.filter((name) => !named.has(name));
    if (nowhere.length > 0) refuse('labels', `expected a label for ${nowhere.join(' and ')}`);
  });
export type MappedSeries = z.infer<typeof MappedSeries>;

export const CohortMapping = z.object({
  schema: z.literal(MAPPING_SCHEMA),
  /** What the files are, and what is known to be wrong with them. */
  description: z.string().min(1),
  series: z
    .array(MappedSeries)
    .min(1)
    .refine((all) => new Set(all.map((entry) => entry.series)).size === all.length, 'expected each series once'),
});
export type CohortMapping = z.infer<typeof CohortMapping>;
