import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopServers } from '../../infra/local/servers.ts';
import { withoutSettings } from '../../infra/local/without-settings.ts';
import { stopWorkers } from '../../infra/local/workers.ts';

/** A fresh home in the temporary folder; `remove` stops what runs in it first. */
export function temporaryHome(): { home: string; remove: () => Promise<void> } {
  const home = mkdtempSync(join(tmpdir(), 'spindle-home-'));
  return {
    home,
    async remove() {
      await stopWorkers(home);
      await stopServers(home);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** This process's environment without settings that would lead to other servers than the home's. */
export const cleanEnvironment = withoutSettings(process.env, 'TEMPORAL_', 'AWS_', 'SPINDLE_');
