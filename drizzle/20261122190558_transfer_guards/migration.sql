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
