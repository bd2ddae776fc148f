type Sample = { name: string; labels: Record<string, string>; value: number }

const escapes: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/** The text format of Prometheus, strictly: every sample belongs to a family that was announced with help and type. */
export function parseMetrics(text: string) {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  const helped = new Set<string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, family = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') helped.add(family)
    else if (kind === 'TYPE') {
      if (types.has(family)) throw new Error(`${family} is announced twice`)
      types.set(family, rest)
    } else samples.push(parseSample(line))
  }
  for (const { name } of samples) {
    const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '')
    if (!types.has(family) || !helped.has(family)) throw new Error(`${name} belongs to no family`)
  }
  const matching = (name: string, labels: Record<string, string>) =>
    samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
  return {
    types,
    samples,
    /** Of all samples with this name and these labels; undefined when there is none. */
    sum(name: string, labels: Record<string, string> = {}) {
      const found = matching(name, labels)
      return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0)
    },
    valuesOf: (name: string, label: string) => [...new Set(matching(name, {}).map(({ labels }) => labels[label]))],
  }
}

function parseSample(line: string): Sample {
  const [, name, labelled = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (!name || !/^(?:-?[\d.]+(?:e[+-]?\d+)?|\+Inf|nan)$/i.test(value!)) throw new Error(`not a sample: ${line}`)
  const labels = [...labelled.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, given]) => [
    key,
    given!.replace(/\\[\\"n]/g, (escaped) => escapes[escaped]!),
  ])
  return { name, labels: Object.fromEntries(labels), value: Number(value) }
}

/** What a gateway tells Prometheus. */
export async function readMetrics(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/metrics`, { headers })
  if (!response.ok) throw new Error(`metrics: ${response.status} ${await response.text()}`)
  return parseMetrics(await response.text())
}
