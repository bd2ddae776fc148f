-- Sealed is for ever, for everybody who writes: the use cases, a job, a hand in SQL, the owner.
CREATE FUNCTION guard_token_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sealed_at IS NOT NULL THEN
    RAISE EXCEPTION 'sealed metadata never changes' USING ERRCODE = 'check_violation', CONSTRAINT = 'token_metadata_sealed';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  IF (NEW.id, NEW.chain_id, NEW.address, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.chain_id, OLD.address, OLD.created_at) THEN
    RAISE EXCEPTION 'id, chain_id, address and created_at never change' USING ERRCODE = 'check_violation', CONSTRAINT = 'token_metadata_identity';
  END IF;
  IF NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'the version grows by one with every change' USING ERRCODE = 'check_violation', CONSTRAINT = 'token_metadata_version';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER token_metadata_guard BEFORE UPDATE OR DELETE ON token_metadata
  FOR EACH ROW EXECUTE FUNCTION guard_token_metadata();
--> statement-breakpoint
CREATE TRIGGER token_metadata_no_truncate BEFORE TRUNCATE ON token_metadata
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
REVOKE DELETE, TRUNCATE ON token_metadata FROM gatehouse_gateway;
