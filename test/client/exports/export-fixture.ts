import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { openObjectStore, type ObjectStore } from '../../../adapters/object-store.ts';
import { exportVersion, type ExportReport, type ExportRequest } from '../../../client/exports/export-version.ts';
import type { Digest } from '../../../core/ids.ts';
import type { Manifest } from '../../../core/manifest.ts';
import { trainerPython } from '../../../infra/local/paths.ts';
import { startVersitygw, type RunningVersitygw } from '../../support/versitygw.ts';
import { publishTowers } from './spine-version.ts';

export interface ExportFixture {
  /** Removed at the end. */
  root: string;
  /** A new folder for every test. */
  into: string;
  server: RunningVersitygw;
  store: ObjectStore;
  version: Digest;
  manifest: Manifest;
  run(
    format: ExportRequest['format'],
    more?: Partial<ExportRequest>,
    onProgress?: (done: number) => void,
  ): Promise<ExportReport>;
  /** A JSON file below `into`. */
  json<T>(...path: string[]): T;
}

/** A published version in a real S3 server, for the tests of the describe block that calls it. */
export function exportFixture(): ExportFixture {
  const fixture = {
    run(format: ExportRequest['format'], more: Partial<ExportRequest> = {}, onProgress?: (done: number) => void) {
      const none = { licenceFile: null, citationFile: null, aboutFile: null };
      const nnunet = { id: 501, labels: 'semantic', folds: 1, seed: 1 } as const;
      const { store, version, into } = fixture;
      const request = { dataset: 'towers', version, into, format, ...none, nnunet, python: trainerPython, ...more };
      return exportVersion(store, request, onProgress);
    },
    json: <T>(...path: string[]) => JSON.parse(readFileSync(join(fixture.into, ...path), 'utf8')) as T,
  } as ExportFixture;
  beforeAll(async () => {
    fixture.root = mkdtempSync(join(tmpdir(), 'spindle-exports-'));
    fixture.server = await startVersitygw(join(fixture.root, 's3'));
    const { endpoint, accessKeyId, secretAccessKey } = fixture.server;
    fixture.store = openObjectStore({
      ...{ endpoint, accessKeyId, secretAccessKey },
      region: 'us-east-1',
      bucket: 'spindle',
    });
    await fixture.store.ensureBucket();
    fixture.version = await publishTowers(fixture.store, 'towers');
    fixture.manifest = await fixture.store.getVersion('towers', fixture.version);
  });
  afterAll(async () => {
    fixture.store.close();
    await fixture.server.stop();
    rmSync(fixture.root, { recursive: true, force: true });
  });
  beforeEach(() => void (fixture.into = mkdtempSync(join(fixture.root, 'out-'))));
  return fixture;
}
