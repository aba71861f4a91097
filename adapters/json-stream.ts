import { InvalidInputError } from '../core/invalid-input.ts';

/** A member of a JSON object as the bytes of its value, or one element of the array that is read element by element. */
export interface JsonPart {
  member: string;
  /** False: the whole value. */
  isElement: boolean;
  bytes: Uint8Array;
}

// The signs of JSON by their bytes: a Set of them would cost as much as all the rest of the scan.
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_OBJECT, OPEN_LIST, CLOSE_OBJECT, CLOSE_LIST] = [0x7b, 0x5b, 0x7d, 0x5d];

/**
 * Reads a JSON object without blanks (canonical JSON) as it arrives: its members in their order, and the elements of the array
 * `elementsOf` one by one, so that memory holds one of them whatever the length. Nothing is checked but the nesting: parse what
 * comes out. Throws InvalidInputError about `object` when the bytes are no object or end too early.
 */
export async function* jsonParts(
  chunks: AsyncIterable<Uint8Array>,
  elementsOf: string,
  object: string,
): AsyncGenerator<JsonPart> {
  const reader = new PartReader(elementsOf);
  for await (const chunk of chunks) yield* reader.read(chunk);
  if (!reader.isWhole)
    throw new InvalidInputError(object, 'content', 'a JSON object', 'something else, or half of one');
}

class PartReader {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private started = false;
  /** The member that is being read; null while its name is. */
  private member: string | null = null;
  /** What earlier chunks held of the part that is being read. */
  private earlier: Uint8Array[] = [];

  constructor(private readonly elementsOf: string) {}

  get isWhole(): boolean {
    return this.started && this.depth === 0 && !this.inString;
  }

  /** Inside the array, parts end one level deeper. */
  private get partDepth(): number {
    return this.member === this.elementsOf ? 2 : 1;
  }

  *read(chunk: Uint8Array): Generator<JsonPart> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const sign = chunk[at]!;
      if (this.inString) this.readString(sign);
      else if (sign === QUOTE) this.inString = true;
      else if (sign === OPEN_OBJECT || sign === OPEN_LIST) {
        this.started ||= sign === OPEN_OBJECT;
        // The signs that open the object and the array belong to no part.
        if (++this.depth === 1 || (this.depth === 2 && this.partDepth === 2)) from = at + 1;
      } else if (sign === COLON && this.depth === 1 && this.member === null) {
        this.member = nameOf(this.taken(chunk, from, at));
        from = at + 1;
      } else if (sign === COMMA || sign === CLOSE_OBJECT || sign === CLOSE_LIST) {
        if (this.depth === this.partDepth) {
          yield* this.part(this.taken(chunk, from, at), sign !== COMMA);
          from = at + 1;
        }
        if (sign !== COMMA) this.depth--;
      }
    }
    if (from < chunk.length) this.earlier.push(chunk.slice(from));
  }

  private readString(sign: number): void {
    if (this.escaped) this.escaped = false;
    else if (sign === BACKSLASH) this.escaped = true;
    else if (sign === QUOTE) this.inString = false;
  }

  private taken(chunk: Uint8Array, from: number, to: number): Uint8Array {
    const rest = chunk.subarray(from, to);
    return this.earlier.length === 0 ? rest : Buffer.concat([...this.earlier.splice(0), rest]);
  }

  /** Ends a part; `isLast`: and what it belongs to. Nothing lies between the end of the array and what follows it. */
  private *part(bytes: Uint8Array, isLast: boolean): Generator<JsonPart> {
    const { member } = this;
    if (member === null) return;
    const isElement = member === this.elementsOf;
    if (bytes.length > 0) yield { member, isElement, bytes };
    if (!isElement || isLast) this.member = null;
  }
}

/** A member's name, which stands in quotes. */
function nameOf(bytes: Uint8Array): string {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as string;
}
