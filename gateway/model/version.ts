/** Of this source; the package's version is the same (a test compares them). */
export const version = '0.1.0';

/** No clock that shows an earlier time can be right, Unix milliseconds. */
export const buildDate = Date.UTC(2026, 10, 22);
