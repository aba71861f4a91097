import { CANAL, completeLabel, isDisc, isPartialVertebra, structureClass } from './labels.ts';

export type Rgb = readonly [number, number, number];

/** Eight hues (degrees) in an order that sets neighbours far apart; the canal's 195 keeps clear of all. */
const HUES = [28, 265, 95, 340, 55, 225, 150, 305] as const;
const CANAL_COLOUR: Rgb = [64, 196, 255];
const UNKNOWN_COLOUR: Rgb = [255, 0, 0];

/**
 * The colour of a label, red, green, blue 0–255. A vertebra is saturated; the disc below it has the next hue, pale, so that no
 * two structures that touch look alike; a vertebra partly in view is the pale form of its own; an unknown label is red.
 */
export function labelColour(label: number): Rgb {
  const structure = structureClass(label);
  if (label === 0) return [0, 0, 0];
  if (structure === undefined) return UNKNOWN_COLOUR;
  if (label === CANAL) return CANAL_COLOUR;
  if (isDisc(label)) return hsl(hue(label - 200 + 3), 0.75, 0.8);
  const own = hue(completeLabel(label));
  return isPartialVertebra(label) ? hsl(own, 0.35, 0.72) : hsl(own, 0.85, 0.56);
}

function hue(number: number): number {
  return HUES[(number - 1) % HUES.length]!;
}

function hsl(degrees: number, saturation: number, lightness: number): Rgb {
  const spread = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + degrees / 30) % 12;
    return Math.round(255 * (lightness - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
