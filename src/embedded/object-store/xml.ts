const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

/** An element that holds text; left out when there is none. */
export function text(name: string, value: string | number | boolean | undefined) {
  return value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`
}

/** An element that holds elements, given as markup. */
export function element(name: string, children: readonly string[]) {
  return `<${name}>${children.join('')}</${name}>`
}

export function document(root: string) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`
}

export function s3Document(name: string, children: readonly string[]) {
  return document(`<${name}${namespace}>${children.join('')}</${name}>`)
}

const named: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }

// Control characters go out as references, so that a key with a line break comes back as it was.
export function escapeXml(value: string) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them
  return value.replace(/[&<>"'\u0001-\u001f\u007f-\u009f\u2028]/g, (character) => {
    return `&${named[character] ?? `#x${character.charCodeAt(0).toString(16)}`};`
  })
}

export type XmlNode = { name: string; text: string; children: XmlNode[] }

const token =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/y

/** Reads what S3 clients send: elements and text, no DTD. Undefined when it is not well-formed. */
export function parseXml(source: string): XmlNode | undefined {
  const top: XmlNode = { name: '', text: '', children: [] }
  const open = [top]
  token.lastIndex = 0
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    if (!match) return undefined
    const [, cdata, closing, name, empty, characters] = match
    const parent = open.at(-1)!
    if (cdata !== undefined) parent.text += cdata
    else if (characters !== undefined) parent.text += unescapeXml(characters)
    else if (closing) {
      if (open.length === 1 || parent.name !== name) return undefined
      open.pop()
    } else if (name !== undefined) {
      const node = { name, text: '', children: [] }
      parent.children.push(node)
      if (!empty) open.push(node)
    }
  }
  const [root] = top.children
  return open.length === 1 && top.children.length === 1 && top.text.trim() === '' ? root : undefined
}

const references: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeXml(value: string) {
  return value.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name) return references[name.toLowerCase()]!
    const point = hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

export function childrenOf(node: XmlNode | undefined, name: string) {
  return node?.children.filter((child) => child.name === name) ?? []
}

/** The trimmed text at a path of element names below a node. */
export function textAt(node: XmlNode | undefined, ...path: string[]) {
  let found = node
  for (const name of path) found = childrenOf(found, name)[0]
  return found?.text.trim()
}
