/** Grey values that matter for a window; robust: without the darkest and brightest outliers. */
export interface GreyRange {
  robust: readonly [number, number];
  whole: readonly [number, number];
}

export type GreyWindow = 'standard' | 'bright' | 'dark' | 'whole';

/** In the order in which the key W goes through them. MR has no absolute values, so every window is a part of the image's own. */
export const GREY_WINDOWS: readonly (readonly [GreyWindow, string])[] = [
  ['standard', 'Standard'],
  ['bright', 'Discs and fluid (bright)'],
  ['dark', 'Bone and ligaments (dark)'],
  ['whole', 'All values'],
];

/** The lowest and highest grey value of a window. */
export function windowLimits(window: GreyWindow, { robust: [low, high], whole }: GreyRange): readonly [number, number] {
  const at = (share: number) => low + share * (high - low);
  const limits = { standard: [low, high], bright: [at(0.3), at(1.1)], dark: [low, at(0.45)], whole } as const;
  return limits[window];
}
