import { mkdir, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { resultsFolder } from './processes.ts'

export type Table = { title: string; columns: string[]; rows: string[][] }
export type Report = { facts: [string, string][]; tables: Table[]; raw: unknown /** An SVG. */; chart?: string }

const isNumeric = (text: string) => /^[\d–]/.test(text)

/** Columns of numbers stand to the right. */
function layOut({ columns, rows }: Table) {
  return columns.map((name, index) => {
    const cells = rows.map((row) => row[index]!)
    const width = Math.max(3, ...[name, ...cells].map((text) => text.length))
    const isRight = index > 0 && cells.every(isNumeric)
    return {
      name,
      width,
      isRight,
      cells: [name, ...cells].map((text) => (isRight ? text.padStart(width) : text.padEnd(width))),
    }
  })
}

const lineOf = (columns: ReturnType<typeof layOut>, row: number, separator: string) =>
  columns.map(({ cells }) => cells[row]).join(separator)

export function showReport({ facts, tables }: Report) {
  for (const [name, fact] of facts) console.log(`${name.padEnd(10)} ${fact}`)
  for (const table of tables) {
    const columns = layOut(table)
    console.log(`\n${table.title}\n\n${lineOf(columns, 0, '  ')}`)
    console.log(columns.map(({ width }) => '─'.repeat(width)).join('  '))
    for (const row of table.rows.keys()) console.log(lineOf(columns, row + 1, '  '))
  }
}

function markdown(name: string, { facts, tables, chart }: Report) {
  const parts = [
    `# ${name}`,
    ...(chart ? [`![${name}](${name}.svg)`] : []),
    facts.map(([fact, text]) => `- ${fact}: ${text}`).join('\n'),
  ]
  for (const table of tables) {
    const columns = layOut(table)
    const line = (row: number) => `| ${lineOf(columns, row, ' | ')} |`
    const rule = columns.map(({ width, isRight }) => (isRight ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)))
    const lines = [line(0), `|${rule.join('|')}|`, ...table.rows.map((_, row) => line(row + 1))]
    parts.push(`## ${table.title}`, lines.join('\n'))
  }
  return `${parts.join('\n\n')}\n`
}

/** Every figure as JSON, the tables as Markdown with the chart beside them. */
export async function writeReport(name: string, report: Report): Promise<string[]> {
  await mkdir(resultsFolder, { recursive: true })
  const paths = [`${resultsFolder}${name}.md`, `${resultsFolder}${name}.json`]
  await writeFile(paths[0]!, markdown(name, report))
  await writeFile(
    paths[1]!,
    `${JSON.stringify({ facts: Object.fromEntries(report.facts), ...(report.raw as object) }, null, 1)}\n`,
  )
  if (report.chart) {
    paths.push(`${resultsFolder}${name}.svg`)
    await writeFile(paths.at(-1)!, report.chart)
  }
  return paths.map((path) => relative(process.cwd(), path))
}

export const whole = (value: number | null) => (value === null ? '–' : Math.round(value).toLocaleString('en'))
export const tenths = (value: number | null) => (value === null ? '–' : value.toFixed(1))
export const ratio = (one: number | null, other: number | null) => (one === null || !other ? null : one / other)
export const times = (value: number | null) => (value === null ? '–' : `${value.toFixed(2)} ×`)
