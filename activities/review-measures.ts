import { departuresOf, type Departure } from '../core/bias.ts';
import type { StoredVolume } from '../core/catalog.ts';
import type { StructureClass } from '../core/labels.ts';
import { auditedStructures, type AuditedStructure } from '../core/mask-audit.ts';
import { diffMasks } from '../core/mask-diff.ts';
import type { StoreDeps } from './dataset.ts';
import { readMask, storeVolume } from './ingest.ts';

/** CPU work on voxels that compares what several people made of one series. */
export function createReviewMeasureActivities(deps: StoreDeps) {
  return {
    /** An empty mask on the grid of a proposal: what somebody draws on who is to see nothing. */
    async emptyProposal({ proposal }: { proposal: StoredVolume }): Promise<StoredVolume> {
      const mask = await readMask(deps, proposal, 'proposal');
      return storeVolume(deps, { ...mask, voxels: new Int16Array(mask.voxels.length) });
    },

    /** How far a correction and a blinded drawing depart from the proposal. */
    async measureControl(input: {
      proposal: StoredVolume;
      corrected: StoredVolume;
      blinded: StoredVolume;
      classes: StructureClass[];
    }): Promise<Departure[]> {
      const [proposal, corrected, blinded] = await Promise.all([
        readMask(deps, input.proposal, 'proposal'),
        readMask(deps, input.corrected, 'correction'),
        readMask(deps, input.blinded, 'blinded drawing'),
      ]);
      return departuresOf(proposal, corrected, blinded, input.classes);
    },

    /** An accepted mask beside what an audit made of it. */
    async measureAudit(input: { accepted: StoredVolume; audited: StoredVolume }): Promise<AuditedStructure[]> {
      const [accepted, audited] = await Promise.all([
        readMask(deps, input.accepted, 'accepted mask'),
        readMask(deps, input.audited, 'audited mask'),
      ]);
      return auditedStructures(accepted, audited);
    },

    /** The structure on which two reads agree least (Dice; 0 for one that only one of them has, or numbers otherwise); 1 for none. */
    async agreementOf(input: { first: StoredVolume; second: StoredVolume }): Promise<number> {
      const [first, second] = await Promise.all([
        readMask(deps, input.first, 'first read'),
        readMask(deps, input.second, 'second read'),
      ]);
      const { structures } = diffMasks(first, second);
      return structures.reduce((least, { before, after, dice }) => Math.min(least, before === after ? dice : 0), 1);
    },
  };
}
