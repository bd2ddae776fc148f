/** Null for what is no JSON: whoever asks looks at the form of it anyway. */
export function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
