/** For a LIKE over a column in lower case: whatever begins with this, whose wildcards stand for themselves. */
export const prefixPattern = (text: string) => `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
