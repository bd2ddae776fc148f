/** A busy machine is slow, not broken: tests of these bounds set their own. */
export const patience = {
  DATABASE_WAIT_MS: '15000',
  DATABASE_LOCK_TIMEOUT_MS: '15000',
  DATABASE_STATEMENT_TIMEOUT_MS: '20000',
  DATABASE_IDLE_IN_TRANSACTION_MS: '30000',
  REDIS_COMMAND_TIMEOUT_MS: '3000',
  // What is slow would be told beside what a test looks for.
  SLOW_QUERY_MS: '60000',
}
