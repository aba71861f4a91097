import type { StoredVolume } from '../core/catalog.ts';
import type { SeriesId } from '../core/ids.ts';
import type { Manifest } from '../core/manifest.ts';

/** A version's files in SPIDER's layout. */
export const LAYOUT = {
  images: 'images',
  masks: 'masks',
  overview: 'overview.csv',
  manifest: 'version.json',
  /** Beside the whole manifest where only some of its series are. */
  part: 'part.json',
} as const;

export interface VersionFile {
  series: SeriesId;
  kind: 'image' | 'mask';
  stored: StoredVolume;
  /** Below the folder, with a forward slash. */
  path: string;
}

/** Every volume of a version: image and mask of each series, in the manifest's order. */
export function versionFiles({ series }: Pick<Manifest, 'series'>): VersionFile[] {
  return series.flatMap(({ series: id, image, reference }): VersionFile[] => [
    { series: id, kind: 'image', stored: image, path: `${LAYOUT.images}/${id}.mha` },
    { series: id, kind: 'mask', stored: reference.mask, path: `${LAYOUT.masks}/${id}.mha` },
  ]);
}
