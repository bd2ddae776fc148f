import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isScalarType,
  Kind,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/** What a scalar of ours refuses in the text of an operation, graphql-js passes on without saying where it stands. */
export function locateLiterals(
  schema: GraphQLSchema,
  document: DocumentNode,
  errors: readonly GraphQLError[],
): readonly GraphQLError[] {
  if (!errors.some((error) => !error.nodes)) return errors
  const located = refusedLiterals(schema, document)
  return errors.map((error) => {
    const at = error.nodes ? -1 : located.findIndex(({ message }) => message === error.message)
    return at < 0 ? error : located.splice(at, 1)[0]!
  })
}

function refusedLiterals(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
  const found: GraphQLError[] = []
  const typeInfo = new TypeInfo(schema)
  const check = (node: ValueNode, _key: unknown, _parent: unknown, keys: readonly (string | number)[]) => {
    const type = getNamedType(typeInfo.getInputType())
    if (!isScalarType(type)) return
    try {
      type.parseLiteral(node)
    } catch (error) {
      if (!(error instanceof GraphQLError) || error.nodes) return
      const fields = [{ path: inputPath(document, keys), message: error.message }]
      found.push(new GraphQLError(error.message, { nodes: node, extensions: { ...error.extensions, fields } }))
    }
  }
  const visitor = { StringValue: check, IntValue: check, FloatValue: check, BooleanValue: check, EnumValue: check }
  visit(document, visitWithTypeInfo(typeInfo, visitor))
  return found
}

/** As for variables, the path begins after the argument. */
function inputPath(document: DocumentNode, keys: readonly (string | number)[]): string {
  let node: unknown = document
  let outermost = ''
  let path = ''
  for (const key of keys) {
    node = (node as Record<string | number, unknown>)[key]
    const named = node as ASTNode
    if (named.kind === Kind.ARGUMENT) outermost = named.name.value
    if (named.kind === Kind.OBJECT_FIELD) path += `.${named.name.value}`
  }
  return path.slice(1) || outermost
}
