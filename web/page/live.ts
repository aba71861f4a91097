/** More streams than these would leave a browser no connection for anything else. */
const MOST_STREAMS = 2;

/**
 * Listens for a kind of change in datasets while the tab is looked at. `open` says whether it would hear of one: where it would not
 * (more datasets than it listens to, a server that is away), whoever shows something has to ask now and then.
 */
export class Live {
  private sources: EventSource[] = [];
  private datasets: readonly string[] = [];
  private readonly stop = new AbortController();

  constructor(
    private readonly kind: 'tasks' | 'board' | 'comments',
    private readonly changed: () => void,
  ) {
    document.addEventListener('visibilitychange', () => this.listen(), { signal: this.stop.signal });
  }

  watch(datasets: readonly string[]): void {
    if (this.stop.signal.aborted || datasets.join() === this.datasets.join()) return;
    this.datasets = [...datasets];
    this.listen();
  }

  get open(): boolean {
    const all = this.sources.every(({ readyState }) => readyState === EventSource.OPEN);
    return all && this.sources.length > 0 && this.sources.length === this.datasets.length;
  }

  close(): void {
    this.stop.abort();
    this.hangUp();
  }

  private listen(): void {
    this.hangUp();
    if (document.hidden || this.datasets.length > MOST_STREAMS) return;
    this.sources = this.datasets.map((dataset) => {
      const source = new EventSource(`api/datasets/${dataset}/events`);
      source.addEventListener(this.kind, this.changed);
      source.addEventListener('signed-out', () => source.close());
      // Something may have happened while nobody listened.
      source.addEventListener('open', this.changed);
      return source;
    });
  }

  private hangUp(): void {
    for (const source of this.sources.splice(0)) source.close();
  }
}
