/** How `--help` says what names a version. */
export const VERSION = 'a digest or its beginning, a tag, or "main" for the newest';
