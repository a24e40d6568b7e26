/** Small things remembered on this machine between starts; losing them harms nobody. */
export function readPref(key: string): string | undefined {
  try {
    return localStorage.getItem(`slipway.${key}`) ?? undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

export function writePref(key: string, value: string): void {
  try {
    localStorage.setItem(`slipway.${key}`, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
