import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { labelColour } from '../../core/label-colours.ts';
import { labelName, structureClass } from '../../core/labels.ts';
import { StructureList } from '../api-shapes.ts';

/** Every label there is: 8-bit. */
const LABELS = Array.from({ length: 256 }, (_, label) => label);

/** The labels of masks with their names and colours, for editors other than the page. */
export const structureRoute: FastifyPluginAsyncZod = async (api) => {
  const structures = LABELS.flatMap((label) => {
    const structure = structureClass(label);
    return structure === undefined ? [] : [{ label, name: labelName(label), structure, colour: labelColour(label) }];
  });
  api.get(
    '/structures',
    { schema: { summary: 'The labels of masks, with names and colours', response: { 200: StructureList } } },
    () => ({
      structures: structures.map((each) => ({ ...each, colour: [...each.colour] as [number, number, number] })),
    }),
  );
};
