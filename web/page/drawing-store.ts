import type { TaskId } from '../../core/ids.ts';
import type { MaskDifference } from './mask-difference.ts';

/** A drawing kept in this browser until it is submitted. */
export interface KeptDrawing extends MaskDifference {
  task: TaskId;
  /** Whose it is: others may use this browser, too. */
  reviewer: string;
  /** The proposal it was drawn on; on any other it means nothing. */
  baseDigest: string;
  minutes: number;
  /** Milliseconds since 1970. */
  savedAt: number;
}

const STORE = 'drawings-by-reviewer';

/** Drawings by person and task, in the browser's IndexedDB. */
export class DrawingStore {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(): Promise<DrawingStore> {
    const request = indexedDB.open('spindle', 2);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ['reviewer', 'task'] });
    return new DrawingStore(await done(request));
  }

  /** The drawing kept for a task on this proposal; null when there is none or it was drawn on another. */
  async find(reviewer: string, task: TaskId, baseDigest: string): Promise<KeptDrawing | null> {
    const kept = (await done(this.store('readonly').get([reviewer, task]))) as KeptDrawing | undefined;
    return kept?.baseDigest === baseDigest ? kept : null;
  }

  async keep(drawing: KeptDrawing): Promise<void> {
    await done(this.store('readwrite').put(drawing));
  }

  async forget(reviewer: string, task: TaskId): Promise<void> {
    await done(this.store('readwrite').delete([reviewer, task]));
  }

  private store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused to keep the drawing'));
  });
}
