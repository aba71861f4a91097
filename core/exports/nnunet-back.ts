import { CANAL, STRUCTURE_CLASSES, structureClass, type StructureClass } from '../labels.ts';
import { LABEL_MAPPING_SCHEMA, type LabelMapping } from './nnunet.ts';

/** A label of SPIDER's that stands for a class until its structures are numbered (core/instances.ts). */
const STANDS_FOR: Record<StructureClass, number> = { vertebra: 1, disc: 201, canal: CANAL };
const NO_STRUCTURE = ['background', 'ignore'];

/** For `IngestItem.classOfLabel`: what masks of a semantic dataset hold after `labelsOfNumbers`. */
export const CLASS_OF_STAND_IN: Record<string, StructureClass> = Object.fromEntries(
  STRUCTURE_CLASSES.map((name) => [String(STANDS_FOR[name]), name]),
);

/** The mapping that the names of a dataset.json give, if all of them are classes, `background` or `ignore`; otherwise null. */
export function mappingByNames(labels: Readonly<Record<string, number>>): LabelMapping | null {
  const mapped = Object.entries(labels).map(([name, number]) => {
    const found = STRUCTURE_CLASSES.find((each) => each === name);
    return NO_STRUCTURE.includes(name) || found ? { number, name, spider: null, class: found ?? null } : null;
  });
  if (mapped.includes(null)) return null;
  return { schema: LABEL_MAPPING_SCHEMA, labelling: 'semantic', labels: mapped.filter((each) => each !== null) };
}

/** SPIDER's label, or the stand-in for a class, of every number 0–255; -1 for a number that the mapping doesn't have. */
export function labelsOfNumbers({ labelling, labels }: LabelMapping): Int16Array {
  const table = new Int16Array(256).fill(-1);
  table[0] = 0;
  for (const { number, spider, class: structure } of labels) {
    table[number] = labelling === 'instances' ? (spider ?? 0) : structure === null ? 0 : STANDS_FOR[structure];
  }
  return table;
}

/** The number of nnU-Net's `ignore`, if there is one. */
export function ignoreNumber({ labels }: LabelMapping): number | undefined {
  return labels.find(({ name }) => name === 'ignore')?.number;
}

/** The classes that a mapping has at all, in the usual order. */
export function mappedClasses({ labelling, labels }: LabelMapping): StructureClass[] {
  const found = labels.map((each) => (labelling === 'semantic' ? each.class : structureClass(each.spider ?? 0)));
  return STRUCTURE_CLASSES.filter((name) => found.includes(name));
}
