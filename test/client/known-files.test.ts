import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../adapters/volume.ts';
import { KNOWN_FILES, KnownFiles } from '../../client/known-files.ts';

const PATH = 'masks/1_t1.mha';
/** Longer than a tick of the disk's clock. */
const TICK_MS = 250;
const digestOf = (text: string) => sha256(Buffer.from(text));

describe('known files', () => {
  let folder: string;
  const at = (path = PATH) => join(folder, path);
  const write = (text: string, path = PATH) => writeFileSync(at(path), text);
  const open = () => KnownFiles.of(folder);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'known-files-'));
    mkdirSync(join(folder, 'masks'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A file that was read, and stands in the index. */
  async function settled(text = 'before'): Promise<void> {
    write(text);
    await sleep(TICK_MS);
    const files = open();
    expect(await files.digest(PATH)).toBe(digestOf(text));
    files.save();
    expect(open().known(PATH)).toBe(digestOf(text));
  }

  /** Changes the content in place, as long as before, and gives it back its time of change. */
  function changeUnseen(text: string): void {
    const { atime, mtime, size, ino } = statSync(at());
    write(text);
    utimesSync(at(), atime, mtime);
    expect(statSync(at())).toMatchObject({ size, ino });
    expect(statSync(at()).mtimeMs).toBe(mtime.getTime());
  }

  it('are taken for what they were, without being read', async () => {
    await settled();
    // Another digest in the index would be told as it stands there: the file is not read.
    const other = KnownFiles.of(folder);
    other.note(PATH, digestOf('something else'));
    expect(await other.digest(PATH)).toBe(digestOf('something else'));
    expect(await KnownFiles.of(folder, { distrusted: true }).digest(PATH)).toBe(digestOf('before'));
  });

  it('are read again when the content has changed and all but the time of the inode is as it was', async () => {
    write('before');
    // A time in whole seconds can be set again to the last digit.
    utimesSync(at(), 1_700_000_000, 1_700_000_000);
    const files = open();
    await files.digest(PATH);
    files.save();
    expect(open().known(PATH)).toBe(digestOf('before'));
    changeUnseen('behind');
    expect(open().known(PATH)).toBeNull();
    expect(await open().digest(PATH)).toBe(digestOf('behind'));
  });

  it('are read again when they were replaced, grew or are gone', async () => {
    await settled();
    write('before and after');
    expect(await open().digest(PATH)).toBe(digestOf('before and after'));
    rmSync(at());
    write('before');
    expect(open().known(PATH)).toBeNull();
    rmSync(at());
    expect(await open().digest(PATH)).toBeNull();
  });

  it('are not known before a tick has passed: another change within it would look the same', async () => {
    write('before');
    const files = open();
    await files.digest(PATH);
    files.save();
    expect(open().known(PATH)).toBeNull();
    // The same on a disk whose times are whole seconds, within the two that those may be apart.
    const now = Math.floor(Date.now() / 1000);
    const index = ['spindle known files 1', `${digestOf('before')} 6 1 ${now}000000000 1 ${now}000000000 ${PATH}`, ''];
    const text = index.join('\n');
    write(`${text}${digestOf(text)}\n`, KNOWN_FILES);
    utimesSync(at(KNOWN_FILES), now + 1, now + 1);
    const entries = () => (open() as unknown as { files: Map<string, unknown> }).files.size;
    expect(entries()).toBe(0);
    utimesSync(at(KNOWN_FILES), now + 3, now + 3);
    expect(entries()).toBe(1);
  });

  it('stay known when they get or lose another name, and not when they are changed meanwhile', async () => {
    await settled();
    const { ctimeMs } = statSync(at());
    linkSync(at(), at('other'));
    expect(statSync(at()).ctimeMs).toBeGreaterThan(ctimeMs);
    expect(open().known(PATH)).toBe(digestOf('before'));
    const files = open();
    files.note(PATH, digestOf('before'));
    files.save();
    rmSync(at('other'));
    expect(open().known(PATH)).toBe(digestOf('before'));
    linkSync(at(), at('other'));
    // As many names as when it was noted, and another time of the inode: that looks like a change, and is read again.
    expect(open().known(PATH)).toBeNull();
    write('behind', 'other');
    expect(await open().digest(PATH)).toBe(digestOf('behind'));
  });

  it.each([
    ['a flipped digest', (text: string) => text.replace(/^[0-9a-f]{8}/m, '00000000')],
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['another file', () => 'images of many\n'],
  ])('are none where the index holds %s, and it is made anew', async (_, damage) => {
    await settled();
    write(damage(readFileSync(at(KNOWN_FILES), 'utf8')), KNOWN_FILES);
    const files = open();
    expect(files.known(PATH)).toBeNull();
    expect(await files.digest(PATH)).toBe(digestOf('before'));
    files.save();
    expect(open().known(PATH)).toBe(digestOf('before'));
  });

  it('are regular files, and the index is written through no link', async () => {
    await settled();
    symlinkSync(at(), at('masks/link.mha'));
    expect(await open().digest('masks/link.mha')).toBeNull();
    const files = open();
    rmSync(at(KNOWN_FILES));
    write('mine', 'precious');
    symlinkSync(at('precious'), at(KNOWN_FILES));
    await files.digest(PATH);
    files.note(PATH, digestOf('before'));
    files.save();
    expect(readFileSync(at('precious'), 'utf8')).toBe('mine');
    expect(open().known(PATH)).toBe(digestOf('before'));
  });
});
