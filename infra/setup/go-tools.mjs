import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { askCommand, runCommand } from './command.mjs';
import { findOnPath, isExecutable, ROOT, TOOLS_FOLDER } from './paths.mjs';
import { SetupError } from './setup-error.mjs';
import { inputsDigest, isStamped, stamp } from './stamp.mjs';

export const temporalCli = goTool({
  name: 'temporal',
  title: 'Temporal server',
  package: 'github.com/temporalio/cli/cmd/temporal',
  answers: /temporal version/,
  minutes: '2 to 5 minutes',
});

export const versitygw = goTool({
  name: 'versitygw',
  title: 'S3 server',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  answers: /version/i,
  minutes: '1 to 4 minutes',
});

/**
 * A program that lands in `.spindle/tools/bin`: a link to the one on PATH if it answers, else built from the pinned module
 * under `infra/tools/<name>`.
 */
function goTool({ name, title, package: mainPackage, answers, minutes }) {
  const place = join(TOOLS_FOLDER, name);
  const module = join(ROOT, 'infra', 'tools', name);
  const digest = () => {
    const link = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
    const files = [join(module, 'go.mod'), join(module, 'go.sum')];
    return inputsDigest(link ? { values: identity(realpathSync(place)) } : { files, values: [process.arch] });
  };
  return {
    name,
    title,
    isDone: () => isExecutable(place) && isStamped(name, digest()),
    async run(detail) {
      mkdirSync(TOOLS_FOLDER, { recursive: true });
      rmSync(place, { force: true });
      const onPath = findOnPath(name);
      if (onPath && answers.test(askCommand(onPath, ['--version']) ?? '')) {
        symlinkSync(realpathSync(onPath), place);
        stamp(name, digest());
        return 'found on PATH';
      }
      requireGo(name, module);
      await build({ name, module, mainPackage, place }, (packages) =>
        detail(`building, ${packages} packages so far (takes ${minutes} in all)`),
      );
      stamp(name, digest());
      return 'built';
    },
  };
}

async function build({ name, module, mainPackage, place }, onProgress) {
  const temporary = `${place}.building`;
  let packages = 0;
  onProgress(packages);
  const args = ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', temporary, mainPackage];
  await runCommand(name, 'go', args, {
    cwd: module,
    env: { CGO_ENABLED: '0' },
    onLine: () => onProgress((packages += 1)),
  });
  renameSync(temporary, place);
}

/** Go itself may fetch the newer toolchain that the module asks for, so it is asked in the module's folder. */
function requireGo(name, module) {
  const version = findOnPath('go') && askCommand('go', ['version'], { cwd: module, timeoutMs: 300_000 });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 25)) return;
  throw new SetupError(
    `The local servers need Go 1.25 or newer to be built: install Go, or put \`temporal\` and \`versitygw\` on PATH (missing: ${name}).`,
  );
}

/** @param {string} path */
function identity(path) {
  const { size, mtimeMs } = statSync(path);
  return [path, size, mtimeMs];
}
