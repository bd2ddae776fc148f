export { createTestClient, type TestClient } from './client.ts'
export { type Stack, stackForTest, startStack, type TestGateway } from './gateway.ts'
export { type Person, people } from './people.ts'
