import { DatasetRecords } from '../adapters/dataset-records.ts';
import { CorruptObjectError, MissingObjectError, versionKey, type ObjectStore } from '../adapters/object-store.ts';
import { streamVersion } from '../adapters/record-stream.ts';
import type { PublicKey } from '../adapters/signing-key.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ReleasePointer, RELEASES } from '../core/release.ts';
import { signedByRef } from '../core/signature.ts';
import { TAGS } from '../core/refs.ts';
import {
  refFindings,
  type ChainFinding,
  type ChainLink,
  type ChainReport,
  type NamedVersion,
} from '../core/version-chain.ts';
import { checkSignatures } from './signatures.ts';
import { listTags } from './version-tags.ts';
import { readVersion } from './versions.ts';

export interface ChainOptions {
  /** Keys whose signatures are held against every link. */
  keys?: readonly PublicKey[];
  /** A version that somebody remembers: it has to be among the ancestors. */
  contains?: Digest | null;
  onProgress?: (links: number) => void;
}

/**
 * Walks from a version to the first one, reading every manifest by its digest, and holds the refs against main's history: what
 * rounds, models, tags, releases and signatures name must be in it. Manifests are read series by series; whole, one at a time, only where keys are given.
 *   1. A link that is missing or changed ends the walk and is the first finding: what lies behind it can't be told.
 *   2. Whoever can write the bucket can write another whole history. What they can't make is a signature, nor a digest that
 *      somebody remembers: `keys` and `contains` are for that.
 */
export async function verifyChain(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  { keys = [], contains = null, onProgress = () => {} }: ChainOptions = {},
): Promise<ChainReport> {
  const walked = await walk(store, dataset, version, keys, onProgress);
  const findings = [...walked.findings];
  const inWalk = walked.links.some((link) => link.version === contains);
  if (contains !== null && !inWalk) {
    const detail = `${version.slice(0, 12)} does not follow it, though it should`;
    findings.push({ version: contains, ref: null, problem: 'not-an-ancestor', detail });
  }
  findings.push(...(await heldAgainstMain(store, dataset, version, walked.links)));
  const last = walked.links.at(-1);
  const root = last?.parent === null ? last.version : null;
  return { version, links: walked.links, root, findings };
}

/** What a manifest says of itself. */
type Link = Pick<ChainLink, 'parent' | 'series'>;

interface Walked {
  links: ChainLink[];
  findings: ChainFinding[];
}

async function walk(
  store: ObjectStore,
  dataset: DatasetName,
  from: Digest,
  keys: readonly PublicKey[],
  onProgress: (links: number) => void,
): Promise<Walked> {
  const links: ChainLink[] = [];
  const findings: ChainFinding[] = [];
  for (let at: Digest | null = from; at !== null;) {
    const version: Digest = at;
    const found = await readLink(store, dataset, version, links.at(-1)?.version ?? null);
    if ('problem' in found) return { links, findings: [...findings, found] };
    const signatures = await signaturesOf(store, dataset, version, keys);
    for (const { key, state } of signatures) {
      if (state !== 'bad') continue;
      const detail = `the signature of key ${key.slice(0, 12)} is not one over this manifest`;
      findings.push({ version, ref: null, problem: 'bad-signature', detail });
    }
    const { parent, series } = found;
    links.push({ version, parent, series, signatures });
    onProgress(links.length);
    at = parent;
  }
  return { links, findings };
}

async function signaturesOf(
  store: ObjectStore,
  dataset: DatasetName,
  of: Digest,
  keys: readonly PublicKey[],
): Promise<ChainLink['signatures']> {
  if (keys.length === 0) return [];
  return checkSignatures(store, dataset, { of, bytes: (await readVersion(store, dataset, of)).bytes }, keys);
}

async function readLink(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  child: Digest | null,
): Promise<Link | ChainFinding> {
  const by = child === null ? '' : `, the parent of ${child.slice(0, 12)}`;
  const key = versionKey(dataset, version);
  const finding = (problem: ChainFinding['problem'], what: string): ChainFinding => ({
    version,
    ref: null,
    problem,
    detail: `${key}${by}: ${what}`,
  });
  try {
    let series = 0;
    const entries = streamVersion(store, dataset, version);
    let next = await entries.next();
    for (; !next.done; next = await entries.next()) series++;
    const { dataset: own, parent } = next.value;
    if (own === dataset) return { series, parent };
    return finding('another-dataset', `it is of dataset ${own}`);
  } catch (error) {
    if (error instanceof MissingObjectError) return finding('missing', 'nothing there');
    if (error instanceof CorruptObjectError) return finding('changed', `its SHA-256 is ${error.got.slice(0, 12)}…`);
    if (error instanceof InvalidInputError) return finding('unreadable', error.message);
    throw error;
  }
}

/** Refs that name versions, against what main and its ancestors are. */
async function heldAgainstMain(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  links: readonly ChainLink[],
): Promise<ChainFinding[]> {
  const named = await namedVersions(store, dataset);
  const main = await new DatasetRecords(store, dataset).mainVersion();
  const tags = await movedTags(store, dataset);
  if (main === null) return [...named.map(orphanOf), ...tags];
  const history = main === version ? links : (await walk(store, dataset, main, [], () => {})).links;
  const held = new Set(history.map((link) => link.version));
  const whole = history.at(-1)?.parent === null;
  const ancestors = new Map<Digest, Digest[]>();
  const given: NamedVersion[] = main === version ? [] : [{ ref: 'the command line', version }];
  for (const each of [...given, ...named]) {
    if (held.has(each.version) || ancestors.has(each.version)) continue;
    const { links: line } = await walk(store, dataset, each.version, [], () => {});
    ancestors.set(
      each.version,
      line.map((link) => link.version),
    );
  }
  return [...refFindings({ main, versions: held, whole }, [...given, ...named], ancestors), ...tags];
}

function orphanOf({ ref, version }: NamedVersion): ChainFinding {
  return { version, ref, problem: 'off-chain', detail: `${ref} names it, and there is no main version` };
}

async function movedTags(store: ObjectStore, dataset: DatasetName): Promise<ChainFinding[]> {
  const tags = await listTags(store, dataset);
  return (await releasedVersions(store, dataset)).flatMap(({ ref, version }): ChainFinding[] => {
    const tagged = tags.get(ref.slice(RELEASES.length + 1));
    if (tagged === undefined || tagged === version) return [];
    const detail = `${ref} names it, and the tag of that name ${tagged.slice(0, 12)}`;
    return [{ version, ref, problem: 'moved-tag', detail }];
  });
}

async function releasedVersions(store: ObjectStore, dataset: DatasetName): Promise<NamedVersion[]> {
  const refs = (await store.listRefs(dataset)).filter((name) => name.startsWith(`${RELEASES}/`));
  const found: NamedVersion[] = [];
  for (const ref of refs) {
    const pointer = await store.readRef(dataset, ref, ReleasePointer);
    if (pointer) found.push({ ref, version: pointer.value.version });
  }
  return found;
}

/** Every version that a record of the dataset names, each once per ref. */
async function namedVersions(store: ObjectStore, dataset: DatasetName): Promise<NamedVersion[]> {
  const records = new DatasetRecords(store, dataset);
  const named = new Map<string, NamedVersion>();
  const add = (ref: string, version: Digest | null) => {
    if (version !== null) named.set(`${ref} ${version}`, { ref, version });
  };
  for (const { round, frozenVersion, version } of await records.rounds()) {
    add(`round ${round}`, frozenVersion);
    add(`round ${round}`, version);
  }
  for (const { model, version, evaluations } of (await records.models()).models) {
    add(`model ${model.slice(0, 12)}`, version);
    for (const each of evaluations) add(`an evaluation of model ${model.slice(0, 12)}`, each.version);
  }
  for (const [tag, version] of await listTags(store, dataset)) add(`${TAGS}/${tag}`, version);
  for (const { ref, version } of await releasedVersions(store, dataset)) add(ref, version);
  const stored = new Set((await store.listVersions(dataset)).map(({ digest }) => digest));
  for (const ref of await store.listRefs(dataset)) {
    const of = signedByRef(ref);
    // A signature may be a release's: then it names no version.
    if (of !== null && stored.has(of)) add('a signature', of);
  }
  return [...named.values()];
}
