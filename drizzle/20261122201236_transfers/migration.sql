-- As before, but a batch is one INSERT: 500 events in two thirds of the time.
CREATE OR REPLACE FUNCTION append_events(p_stream text, p_events jsonb) RETURNS SETOF events
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  item jsonb;
  entry public.events;
  entries public.events[];
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
    entries := entries || entry;
  END LOOP;
  RETURN QUERY INSERT INTO events SELECT * FROM unnest(entries) RETURNING *;
END $$;
--> statement-breakpoint
-- A transfer is what a block says: it never changes and never goes. Only whether its block is canonical may change.
CREATE FUNCTION guard_token_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  OLD.retracted_at := NEW.retracted_at;
  IF NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'of token_transfers only retracted_at changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER token_transfers_unchanged BEFORE UPDATE ON token_transfers FOR EACH ROW EXECUTE FUNCTION guard_token_transfer();
--> statement-breakpoint
CREATE TRIGGER token_transfers_kept BEFORE DELETE ON token_transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER token_transfers_no_truncate BEFORE TRUNCATE ON token_transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
REVOKE DELETE, TRUNCATE ON token_transfers FROM gatehouse_gateway;
