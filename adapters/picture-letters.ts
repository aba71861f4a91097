import type { PNG } from 'pngjs';

/** Five by seven dots, row by row. */
const LETTERS: Record<string, readonly string[]> = {
  A: ['.###.', '#...#', '#...#', '#####', '#...#', '#...#', '#...#'],
  P: ['####.', '#...#', '#...#', '####.', '#....', '#....', '#....'],
  R: ['####.', '#...#', '#...#', '####.', '#.#..', '#..#.', '#...#'],
  L: ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
};
const DOT_PX = 2;
const WHITE = [255, 255, 255, 255];

/** Draws a letter half-way down a picture, `margin` pixels from its left edge, or from its right one when negative. Others than A, P, R, L, and pictures too small, are left alone. */
export function drawLetter(png: PNG, letter: string, margin: number): void {
  const rows = LETTERS[letter];
  const [wide, high] = [5 * DOT_PX, 7 * DOT_PX];
  if (!rows || png.width < 8 * wide || png.height < 4 * high) return;
  const left = margin >= 0 ? margin : png.width + margin - wide;
  const top = Math.floor((png.height - high) / 2);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      if (rows[Math.floor(y / DOT_PX)]![Math.floor(x / DOT_PX)] !== '#') continue;
      png.data.set(WHITE, 4 * ((top + y) * png.width + left + x));
    }
  }
}
