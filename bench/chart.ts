export type Bar = { label: string; value: number; shown: string; kind: 'ours' | 'peer' | 'limit' }
export type Panel = { title: string; bars: Bar[] }

const width = 760
const labelWidth = 270
const barWidth = 400
const rowHeight = 24
const barHeight = 16
const titleHeight = 44
const margin = 16
const headHeight = 32

/** Read on white and on black alike: the page that shows it says which. */
const style = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .head { font-size: 15px; font-weight: 600 }
  .title { font-weight: 600 }
  .label { text-anchor: end }
  .ours { fill: #1a7f5a } .peer { fill: #8c959f } .limit { fill: #d0d7de }
  text.ours { font-weight: 600; fill: #1f2328 }
  .axis { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    text, text.ours { fill: #e6edf3 }
    .ours { fill: #3fb68b } .peer { fill: #6e7681 } .limit { fill: #3d444d }
    .axis { stroke: #3d444d }
  }`

/** Bars that lie beneath each other, a panel with a scale of its own for each group. */
export function chartOf(title: string, panels: Panel[]): string {
  let y = margin + headHeight
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, y)
    y += titleHeight + panel.bars.length * rowHeight
    return text
  })
  const height = y + margin
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<style>${style}
</style>
<text class="head" x="${margin}" y="${margin + 12}">${escaped(title)}</text>
${drawn.join('\n')}
</svg>
`
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value), 1)
  const first = top + titleHeight - barHeight
  const rows = bars.map(({ label, value, shown, kind }, index) => {
    const y = first + index * rowHeight
    const length = Math.max(1, Math.round((value / most) * barWidth))
    const textY = y + barHeight - 4
    return `<text class="label ${kind === 'ours' ? 'ours' : ''}" x="${labelWidth - 10}" y="${textY}">${escaped(label)}</text>
<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>
<text class="${kind === 'ours' ? 'ours' : ''}" x="${labelWidth + length + 8}" y="${textY}">${escaped(shown)}</text>`
  })
  const end = first + bars.length * rowHeight - (rowHeight - barHeight) + 2
  return `<text class="title" x="${margin}" y="${top + 12}">${escaped(title)}</text>
<line class="axis" x1="${labelWidth}" x2="${labelWidth}" y1="${first - 2}" y2="${end}"/>
${rows.join('\n')}`
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
