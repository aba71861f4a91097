type Child = Node | string | number | null | undefined | false;
type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
interface Attributes {
  /** Listeners by event name. */
  on?: Listeners;
  [name: string]: string | number | boolean | null | undefined | Listeners;
}

/**
 * Makes an element. Attributes that are null, undefined or false are left out, true gives an empty one; only ARIA's are the words
 * "true" and "false". Children are appended as nodes or as text, never as HTML.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { on, ...rest } = attributes;
  for (const [name, value] of Object.entries(rest)) {
    if (value === null || value === undefined || typeof value === 'object') continue;
    if (typeof value === 'boolean' && !name.startsWith('aria-')) element.toggleAttribute(name, value);
    else element.setAttribute(name, String(value));
  }
  for (const [name, listener] of Object.entries(on ?? {})) {
    element.addEventListener(name, listener as EventListener);
  }
  element.append(...children.filter((child): child is Node | string | number => isShown(child)).map(asNode));
  return element;
}

/** A horizontal bar of 0 to 1 with its value in words for those who can't see it. */
export function bar(value: number, words: string, className = ''): HTMLElement {
  const fill = h('span', { class: 'bar-fill' });
  fill.style.width = `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%`;
  return h('span', { class: `bar ${className}`, role: 'img', 'aria-label': words, title: words }, fill);
}

/** A key as it is written beside what it does. */
export function key(name: string): HTMLElement {
  return h('kbd', { 'aria-hidden': 'true' }, name);
}

function isShown(child: Child): boolean {
  return child !== null && child !== undefined && child !== false;
}

function asNode(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}
