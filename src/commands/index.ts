import { auditVerify } from './audit-verify.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { migrateCommand } from './migrate.ts'
import { role } from './role.ts'
import { start } from './start.ts'

export const commands: Command[] = [start, demo, migrateCommand, role, auditVerify]
