import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type ExecutionResult, type GraphQLFormattedError, print } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'

export type Answer<Data> = {
  data: Data | null
  errors: readonly GraphQLFormattedError[]
  status: number
  headers: Headers
}

const bearer = (token: string | null): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {})

/** A GraphQL client over HTTP and WebSocket, as an application would use one: signed in by a token, or by other headers. */
export function createTestClient(url: string, token: string | null, credential = bearer(token)) {
  const sockets: Client[] = []

  async function ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables?: Variables,
    headers: Record<string, string> = {},
  ): Promise<Answer<Data>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...credential, ...headers },
      body: JSON.stringify({ query: print(document), variables }),
    })
    const body = (await response.json()) as ExecutionResult<Data>
    return {
      data: body.data ?? null,
      errors: (body.errors ?? []) as readonly GraphQLFormattedError[],
      status: response.status,
      headers: response.headers,
    }
  }

  return {
    url,
    token,
    credential,
    ask,
    /** The data, or a failed test with what went wrong. */
    async get<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables?: Variables): Promise<Data> {
      const { data, errors } = await ask(document, variables)
      if (errors.length > 0 || !data) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`)
      return data
    },
    /** The code of the first error, or a failed test when there was none. */
    async refusal<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables?: Variables) {
      const { data, errors } = await ask(document, variables)
      const [error] = errors
      if (!error) throw new Error(`expected an error, got ${JSON.stringify(data)}`)
      return { code: error.extensions?.code as string, message: error.message, extensions: error.extensions ?? {} }
    },
    /** Events as they come; resolves when the server has had the time to accept, which the first `next` of others shows. */
    subscribe<Data, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Data, Variables>,
      variables?: Variables,
    ) {
      const socket = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: credential,
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => {},
      })
      sockets.push(socket)
      const iterator = socket.iterate<Data>({ query: print(document), variables: variables ?? {} })
      return {
        socket,
        async next(): Promise<Data> {
          const { value, done } = await iterator.next()
          if (done) throw new Error('the subscription ended')
          const result = value as ExecutionResult<Data>
          if (result.errors?.length) throw new Error(`the subscription sent errors: ${JSON.stringify(result.errors)}`)
          return result.data as Data
        },
        /** The next answer as it is, errors included; null at the end. */
        async nextResult(): Promise<ExecutionResult<Data> | null> {
          const { value, done } = await iterator.next()
          return done ? null : (value as ExecutionResult<Data>)
        },
        stop: () => iterator.return?.(),
      }
    },
    async close() {
      await Promise.all(sockets.map((socket) => socket.dispose()))
    },
  }
}
export type TestClient = ReturnType<typeof createTestClient>
