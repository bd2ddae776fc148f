import { readEventCursor } from '../resolvers/event-cursor.ts'
import { builder } from './builder.ts'

builder.queryField('eventCursor', (t) =>
  t.string({
    description:
      'The end of the event log as this very query sees it: all that is read beside it is one snapshot. Subscribe with `after: <this>` and nothing is missed or repeated. It covers the streams that the viewer may subscribe to.',
    resolve: (_root, _args, ctx) => readEventCursor(ctx),
  }),
)
