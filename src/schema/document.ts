import { builder } from './builder.ts'

export const KycDocument = builder.drizzleNode('kycDocuments', {
  name: 'KycDocument',
  description: 'A file of an application.',
  id: { column: (document) => document.id },
  select: {},
  fields: (t) => ({ fileName: t.exposeString('fileName', { description: 'As the applicant named it.' }) }),
})
