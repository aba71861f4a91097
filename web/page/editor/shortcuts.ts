/** One command of the editor: its keys as `KeyboardEvent.key` in lower case, what it does, and how it is listed. */
export interface Command {
  keys: readonly string[];
  shown: string;
  words: string;
  run(): void;
}

/** What the mouse does; NiiVue's part is set in viewer.ts. */
export const MOUSE_ROWS = [
  ['Left', 'Draw with the tool, or move the crosshair'],
  ['Right drag', 'Grey window: up and down level, left and right width'],
  ['Wheel', 'Slices of the view under the pointer'],
  ['Ctrl wheel', 'Zoom about the crosshair'],
  ['Shift drag', 'Move the picture'],
] as const;

/**
 * Listens for the commands' keys while no dialog is open and nobody types into a field. Keys never reach the viewer's canvas,
 * which has shortcuts of its own. Returns a function that stops listening.
 */
export function listen(commands: readonly Command[]): () => void {
  const byKey = new Map(commands.flatMap((command) => command.keys.map((key) => [key, command] as const)));
  const stop = new AbortController();
  const onKey = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLCanvasElement) event.stopPropagation();
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const command = byKey.get(keyName(event));
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  document.addEventListener('keydown', onKey, { capture: true, signal: stop.signal });
  const onUp = (event: KeyboardEvent) => event.target instanceof HTMLCanvasElement && event.stopPropagation();
  document.addEventListener('keyup', onUp, { capture: true, signal: stop.signal });
  return () => stop.abort();
}

/** `ctrl+z`, `shift+z`, `a`; a sign that needs Shift on some keyboards (`?`, `+`) is only itself. */
function keyName(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  const isLetter = /^[a-z]$/.test(key);
  const ctrl = event.ctrlKey || event.metaKey ? 'ctrl+' : '';
  const alt = event.altKey ? 'alt+' : '';
  return `${ctrl}${alt}${event.shiftKey && isLetter ? 'shift+' : ''}${key}`;
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'range';
}
