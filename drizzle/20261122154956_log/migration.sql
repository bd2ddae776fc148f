-- The event log: append_events is the only way in, trim_events the only way out.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON events, event_trims FROM gatehouse_gateway;
--> statement-breakpoint
CREATE FUNCTION event_hash(previous_hash bytea, stream text, "position" bigint, type text, subject_id text, actor_id text,
  tags text[], payload jsonb, created_at timestamptz) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
RETURN sha256(previous_hash || convert_to(jsonb_build_array(stream, "position", type, subject_id, actor_id, tags, payload,
  trunc(extract(epoch FROM created_at) * 1000000))::text, 'UTF8'));
--> statement-breakpoint
-- Appends to one stream, in the order given; each item is {type, subjectId, actorId, tags, payload}.
-- The lock is held until COMMIT, so positions are dense and in commit order: append last.
CREATE FUNCTION append_events(p_stream text, p_events jsonb) RETURNS SETOF events
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  item jsonb;
  entry public.events;
  last_position bigint;
  last_hash bytea;
  last_created_at timestamptz;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'events are appended in READ COMMITTED transactions only' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  IF p_stream NOT IN ('accounts', 'alerts', 'kyc', 'rates', 'tokens', 'transfers') THEN
    RAISE EXCEPTION 'unknown stream %', p_stream USING ERRCODE = 'check_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(723552, hashtext(p_stream));
  -- From here on a frozen writer holds the stream: for a second at most.
  PERFORM set_config('idle_in_transaction_session_timeout', '1000', true);
  SELECT e.position, e.hash, e.created_at INTO last_position, last_hash, last_created_at
    FROM events e WHERE e.stream = p_stream ORDER BY e.position DESC LIMIT 1;
  entry.stream := p_stream;
  entry.position := coalesce(last_position, 0);
  entry.hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
  FOR item IN SELECT value FROM jsonb_array_elements(p_events) WITH ORDINALITY ORDER BY ordinality LOOP
    entry.position := entry.position + 1;
    entry.previous_hash := entry.hash;
    entry.type := item ->> 'type';
    entry.subject_id := item ->> 'subjectId';
    entry.actor_id := item ->> 'actorId';
    entry.tags := ARRAY(SELECT jsonb_array_elements_text(item -> 'tags'));
    entry.payload := item -> 'payload';
    -- The clock of a server may be set back; the log's does not run backwards.
    entry.created_at := greatest(clock_timestamp(), last_created_at);
    entry.hash := event_hash(entry.previous_hash, entry.stream, entry.position, entry.type, entry.subject_id,
      entry.actor_id, entry.tags, entry.payload, entry.created_at);
    INSERT INTO events VALUES (entry.*);
    RETURN NEXT entry;
  END LOOP;
END $$;
--> statement-breakpoint
CREATE FUNCTION append_event(p_stream text, p_type text, p_subject_id text, p_actor_id text, p_tags text[], p_payload jsonb)
RETURNS events LANGUAGE sql
RETURN append_events(p_stream, jsonb_build_array(jsonb_build_object('type', p_type, 'subjectId', p_subject_id,
  'actorId', p_actor_id, 'tags', p_tags, 'payload', p_payload)));
--> statement-breakpoint
-- Cuts what lies at or before a position, never a stream's last event, and only where retention allows it.
CREATE FUNCTION trim_events(p_stream text, p_position bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  cut record;
  removed bigint;
BEGIN
  IF p_stream NOT IN ('transfers', 'rates') THEN
    RAISE EXCEPTION 'the stream % is kept for ever', p_stream USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM pg_advisory_xact_lock(723552, hashtext(p_stream));
  PERFORM set_config('idle_in_transaction_session_timeout', '1000', true);
  SELECT e.position, e.hash INTO cut FROM events e
    WHERE e.stream = p_stream AND e.position <= p_position
      AND e.position < (SELECT max(l.position) FROM events l WHERE l.stream = p_stream)
    ORDER BY e.position DESC LIMIT 1;
  IF NOT FOUND THEN RETURN 0; END IF;
  INSERT INTO event_trims (stream, position, hash) VALUES (p_stream, cut.position, cut.hash);
  DELETE FROM events e WHERE e.stream = p_stream AND e.position <= cut.position;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
--> statement-breakpoint
-- A row may go only when a trim that covers it is on record.
CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'events' AND EXISTS (
    SELECT FROM event_trims t WHERE t.stream = OLD.stream AND t.position >= OLD.position
      AND OLD.stream IN ('transfers', 'rates')) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
--> statement-breakpoint
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change();
--> statement-breakpoint
CREATE TRIGGER event_trims_append_only BEFORE UPDATE OR DELETE ON event_trims FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
--> statement-breakpoint
CREATE TRIGGER event_trims_no_truncate BEFORE TRUNCATE ON event_trims FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change();
--> statement-breakpoint
-- The first position of a stream whose hash, predecessor or number is not what the chain says; null when it is whole.
CREATE FUNCTION first_bad_event(p_stream text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public
RETURN (
  SELECT min(e.position) FROM (
    SELECT c.*, lag(c.position) OVER w AS before_position, lag(c.hash) OVER w AS before_hash
    FROM events c WHERE c.stream = p_stream WINDOW w AS (ORDER BY c.position)
  ) e
  LEFT JOIN LATERAL (
    SELECT t.position, t.hash FROM event_trims t WHERE t.stream = p_stream AND p_stream IN ('transfers', 'rates')
    ORDER BY t.position DESC LIMIT 1
  ) trim ON true
  WHERE e.position <> coalesce(e.before_position, trim.position, 0) + 1
    OR e.previous_hash <> coalesce(e.before_hash, trim.hash, decode(repeat('00', 32), 'hex'))
    OR e.hash <> event_hash(e.previous_hash, e.stream, e.position, e.type, e.subject_id, e.actor_id, e.tags, e.payload, e.created_at)
);
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION append_events(text, jsonb), append_event(text, text, text, text, text[], jsonb),
  trim_events(text, bigint) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION append_events(text, jsonb), append_event(text, text, text, text, text[], jsonb),
  trim_events(text, bigint) TO gatehouse_gateway;
--> statement-breakpoint
-- The actor is whom a use case names in gatehouse.actor ('system': nobody), else the user whose row it is.
CREATE FUNCTION event_actor(owner_id text) RETURNS text LANGUAGE sql STABLE
RETURN nullif(coalesce(nullif(current_setting('gatehouse.actor', true), ''), owner_id), 'system');
--> statement-breakpoint
CREATE FUNCTION log_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
  found_events jsonb := '[]';
BEGIN
  IF TG_OP = 'INSERT' THEN
    found_events := jsonb_build_array(jsonb_build_object('type', 'user.created', 'payload', jsonb_build_object('role', NEW.role)));
  ELSIF TG_OP = 'DELETE' THEN
    found_events := jsonb_build_array(jsonb_build_object('type', 'user.deleted', 'payload', '{}'::jsonb));
  ELSE
    IF NEW.role <> OLD.role THEN
      found_events := found_events || jsonb_build_object('type', 'user.role_changed', 'payload', jsonb_build_object('from', OLD.role, 'to', NEW.role));
    END IF;
    IF NEW.banned AND (NOT OLD.banned OR NEW.ban_expires IS DISTINCT FROM OLD.ban_expires) THEN
      found_events := found_events || jsonb_build_object('type', 'user.banned', 'payload', jsonb_build_object('until', NEW.ban_expires));
    ELSIF OLD.banned AND NOT NEW.banned THEN
      found_events := found_events || jsonb_build_object('type', 'user.unbanned', 'payload', '{}'::jsonb);
    END IF;
    IF (NEW.email, NEW.email_verified) IS DISTINCT FROM (OLD.email, OLD.email_verified) THEN
      found_events := found_events || jsonb_build_object('type', 'user.email_changed', 'payload',
        jsonb_build_object('changed', NEW.email <> OLD.email, 'verified', NEW.email_verified));
    END IF;
    IF (NEW.name, NEW.image) IS DISTINCT FROM (OLD.name, OLD.image) THEN
      found_events := found_events || jsonb_build_object('type', 'user.profile_changed', 'payload', '{}'::jsonb);
    END IF;
    IF NEW.wallet_address IS DISTINCT FROM OLD.wallet_address THEN
      found_events := found_events || jsonb_build_object('type', 'user.wallet_changed', 'payload', jsonb_build_object('linked', NEW.wallet_address IS NOT NULL));
    END IF;
    IF NEW.two_factor_enabled <> OLD.two_factor_enabled THEN
      found_events := found_events || jsonb_build_object('type', 'user.two_factor_changed', 'payload', jsonb_build_object('enabled', NEW.two_factor_enabled));
    END IF;
  END IF;
  PERFORM append_events('accounts', (
    SELECT jsonb_agg(e || jsonb_build_object('subjectId', changed.id, 'actorId', event_actor(changed.id),
      'tags', jsonb_build_array('users', 'user:' || changed.id)) ORDER BY n)
    FROM jsonb_array_elements(found_events) WITH ORDINALITY f(e, n)));
  -- Sessions that were made while the ban was under way. Those that others have their hands on meet the ban at their COMMIT.
  IF TG_OP = 'UPDATE' AND NEW.banned AND coalesce(NEW.ban_expires, 'infinity') > now() THEN
    DELETE FROM sessions WHERE id IN (SELECT s.id FROM sessions s WHERE s.user_id = NEW.id FOR UPDATE SKIP LOCKED);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION log_session_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
BEGIN
  PERFORM append_event('accounts',
    CASE TG_OP WHEN 'INSERT' THEN 'session.created' WHEN 'DELETE' THEN 'session.ended' ELSE 'session.stepped_up' END,
    changed.user_id, event_actor(changed.user_id), ARRAY['user:' || changed.user_id], jsonb_build_object('sessionId', changed.id));
  -- The lock of the stream decides who was first: a session that comes after the ban does not outlive its COMMIT.
  IF TG_OP <> 'DELETE' AND EXISTS (
    SELECT FROM users u WHERE u.id = NEW.user_id AND u.banned AND coalesce(u.ban_expires, 'infinity') > now()) THEN
    DELETE FROM sessions WHERE id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION log_password_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_event('accounts', 'password.changed', NEW.user_id, event_actor(NEW.user_id),
    ARRAY['user:' || NEW.user_id], '{}');
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Deferred: the stream `accounts` is locked at COMMIT, after all others, whatever Better Auth did before.
CREATE CONSTRAINT TRIGGER users_event AFTER INSERT OR DELETE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_user_change();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER users_changed_event AFTER UPDATE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.role, OLD.banned, OLD.email, OLD.email_verified, OLD.name, OLD.image, OLD.wallet_address, OLD.two_factor_enabled)
    IS DISTINCT FROM (NEW.role, NEW.banned, NEW.email, NEW.email_verified, NEW.name, NEW.image, NEW.wallet_address, NEW.two_factor_enabled)
    OR (NEW.banned AND NEW.ban_expires IS DISTINCT FROM OLD.ban_expires))
  EXECUTE FUNCTION log_user_change();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER sessions_event AFTER INSERT OR DELETE ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_session_change();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER sessions_stepped_up_event AFTER UPDATE ON sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.stepped_up_at IS DISTINCT FROM OLD.stepped_up_at) EXECUTE FUNCTION log_session_change();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER accounts_password_event AFTER UPDATE ON accounts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.password IS DISTINCT FROM OLD.password) EXECUTE FUNCTION log_password_change();
