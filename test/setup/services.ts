import type { TestProject } from 'vitest/node'
import { startCeph } from '../services/ceph.ts'
import { startPostgres } from '../services/postgres.ts'
import { createTemplate } from './template.ts'

export default async function setup(project: TestProject) {
  const [postgres, ceph] = await Promise.all([startPostgres({ settings: { max_connections: '400' } }), startCeph()])
  await createTemplate(postgres.superuserUrl)
  const { endpoint, region, accessKeyId, secretAccessKey } = ceph
  project.provide('stack', {
    name: 'services',
    superuserUrl: postgres.superuserUrl,
    store: { endpoint, region, accessKeyId, secretAccessKey },
  })
  return async () => {
    await Promise.all([postgres.stop(), ceph.stop()])
  }
}
