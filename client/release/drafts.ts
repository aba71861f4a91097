import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { parsedJson } from '../../adapters/parsed-json.ts';
import { ReleaseAbout } from '../../core/exports/croissant.ts';
import type { DatasetName, Digest, ObjectRef } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { ReleasePolicy } from '../../core/release-policy.ts';
import { releaseBefore, RELEASE_DRAFTS, ReleaseDraft, ReleaseNotes, type ReleaseName } from '../../core/release.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { publishedReleases, readRelease } from './published.ts';

export interface DraftRequest {
  name: ReleaseName;
  version: Digest;
  /** Paths; null: what the release before it has, if there is one. */
  licenceFile: string | null;
  citationFile: string | null;
  aboutFile: string | null;
  notesFile: string | null;
  policyFile: string | null;
}

export interface CreatedDraft {
  draft: ReleaseDraft;
  /** The release whose papers and policy stand in for what wasn't given; null when none do. */
  from: ReleaseName | null;
}

/**
 * Begins a release, or begins it anew: a draft may be changed until it is published. Files are stored as objects, so that publishing
 * needs none of them. Throws ConflictError when a release of that name is published, InvalidInputError for files that won't do.
 */
export async function createDraft(
  store: ObjectStore,
  dataset: DatasetName,
  request: DraftRequest,
): Promise<CreatedDraft> {
  const { name, version } = request;
  const published = await publishedReleases(store, dataset);
  if (published.has(name)) throw new ConflictError(`release ${name} is published and stays: choose another name`);
  await store.getVersion(dataset, version);
  const before = releaseBefore(name, [...published.keys()]);
  const earlier = before === null ? null : (await readRelease(store, dataset, before)).release;
  const about = await aboutOf(store, request.aboutFile);
  const given = {
    licence: await stored(store, request.licenceFile, 'the text of a licence'),
    citation: await stored(store, request.citationFile, 'a CITATION.cff'),
    about,
  };
  const papers = {
    licence: given.licence ?? earlier?.papers.licence ?? null,
    citation: given.citation ?? earlier?.papers.citation ?? null,
    about: given.about ?? earlier?.papers.about ?? null,
  };
  const policy =
    request.policyFile === null ? (earlier?.policy ?? ReleasePolicy.parse({})) : await policyOf(request.policyFile);
  const notes = await notesOf(request.notesFile);
  const draft: ReleaseDraft = { name, version, papers, notes, policy };
  const ref = `${RELEASE_DRAFTS}/${name}`;
  await store.updateRef(dataset, ref, ReleaseDraft.nullable(), null, () => draft);
  const isUsed =
    earlier !== null && (['licence', 'citation', 'about'] as const).some((paper) => !given[paper] && papers[paper]);
  return { draft, from: isUsed ? before : null };
}

/** Throws NotFoundError. */
export async function readDraft(store: ObjectStore, dataset: DatasetName, name: ReleaseName): Promise<ReleaseDraft> {
  const draft = await store.readRef(dataset, `${RELEASE_DRAFTS}/${name}`, ReleaseDraft.nullable());
  if (draft?.value) return draft.value;
  throw new NotFoundError(`dataset "${dataset}" has no release "${name}": \`spindle release create\` begins one`);
}

/** Those that are begun and not published, ascending. */
export async function listDrafts(store: ObjectStore, dataset: DatasetName): Promise<ReleaseDraft[]> {
  const published = await publishedReleases(store, dataset);
  const drafts: ReleaseDraft[] = [];
  for (const ref of await store.listRefs(dataset)) {
    if (!ref.startsWith(`${RELEASE_DRAFTS}/`)) continue;
    const draft = await store.readRef(dataset, ref, ReleaseDraft.nullable());
    if (draft?.value && !published.has(draft.value.name)) drafts.push(draft.value);
  }
  return drafts;
}

async function stored(store: ObjectStore, path: string | null, expected: string): Promise<ObjectRef | null> {
  if (path === null) return null;
  const bytes = await readable(path, expected);
  if (bytes.toString('utf8').trim() === '') throw new InvalidInputError(basename(path), 'content', expected, 'nothing');
  return store.putObject(bytes);
}

async function aboutOf(store: ObjectStore, path: string | null): Promise<ObjectRef | null> {
  if (path === null) return null;
  const bytes = await readable(path, 'JSON');
  return store.putJson(parsedJson(bytes, ReleaseAbout, basename(path), 'what docs/exports.md lists'));
}

async function policyOf(path: string): Promise<ReleasePolicy> {
  return parsedJson(await readable(path, 'JSON'), ReleasePolicy, basename(path), 'what docs/releases.md lists');
}

async function notesOf(path: string | null): Promise<string> {
  if (path === null) return '';
  const parsed = ReleaseNotes.safeParse((await readable(path, 'text')).toString('utf8'));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(basename(path), 'content', 'at most 20,000 characters', parsed.error.issues[0]!.message);
}

async function readable(path: string, expected: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(basename(path), 'file', expected, error.code ?? 'none');
  });
}
