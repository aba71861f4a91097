/** An environment without the variables whose names begin with one of these texts. */
export function withoutSettings(env: NodeJS.ProcessEnv, ...beginnings: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !beginnings.some((beginning) => name.startsWith(beginning))),
  );
}
