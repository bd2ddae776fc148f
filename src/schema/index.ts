import './scalars.ts'
import './user.ts'
import './settings.ts'
import './kyc.ts'
import './kyc-commands.ts'
import './kyc-events.ts'
import './document.ts'
import './upload.ts'
import './alert.ts'
import './audit.ts'
import './event.ts'
import './node.ts'
import { builder } from './builder.ts'

/** The whole schema. It builds with an empty environment and without a database. */
export const schema = builder.toSchema()
