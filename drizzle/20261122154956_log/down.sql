-- Ends the log's guards; the rows of `events` go with the tables.
DROP TRIGGER accounts_password_event ON accounts;
DROP TRIGGER sessions_stepped_up_event ON sessions;
DROP TRIGGER sessions_event ON sessions;
DROP TRIGGER users_changed_event ON users;
DROP TRIGGER users_event ON users;
DROP TRIGGER events_append_only ON events;
DROP TRIGGER events_no_truncate ON events;
DROP TRIGGER event_trims_append_only ON event_trims;
DROP TRIGGER event_trims_no_truncate ON event_trims;
DROP FUNCTION log_password_change(), log_session_change(), log_user_change(), event_actor(text), first_bad_event(text),
  refuse_event_change(), trim_events(text, bigint), append_event(text, text, text, text, text[], jsonb),
  append_events(text, jsonb), event_hash(bytea, text, bigint, text, text, text, text[], jsonb, timestamptz);
GRANT INSERT, UPDATE, DELETE ON events, event_trims TO gatehouse_gateway;
