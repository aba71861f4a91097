import { sha256 } from '../../adapters/volume.ts';
import type { ObjectRef } from '../../core/ids.ts';

/** A file of an export. `path` lies below its folder, with forward slashes. */
export interface ExportFile {
  path: string;
  /** What the file is to be, where that is known without making it; null for what is made on the way. */
  known: ObjectRef | null;
  /** Gives the file's bytes, the same every time. */
  make: () => Promise<Uint8Array>;
}

/** A file whose content is at hand. */
export function bytesFile(path: string, bytes: Uint8Array): ExportFile {
  return { path, known: { digest: sha256(bytes), bytes: bytes.byteLength }, make: async () => bytes };
}

export function textFile(path: string, text: string): ExportFile {
  return bytesFile(path, new TextEncoder().encode(text));
}

/** JSON as people read it, ending in a line end. */
export function jsonFile(path: string, value: unknown): ExportFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
