-- What a key may do, and whether it is one, is news of its owner's account; that it was used is not.
CREATE FUNCTION log_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
  found_type text := 'api_key.changed';
  found_payload jsonb := jsonb_build_object('keyId', changed.id);
BEGIN
  IF TG_OP = 'INSERT' THEN
    found_type := 'api_key.created';
    found_payload := found_payload || jsonb_build_object('permissions', NEW.permissions, 'expiresAt', NEW.expires_at);
  ELSIF TG_OP = 'DELETE' THEN
    found_type := 'api_key.deleted';
  ELSIF OLD.enabled AND NOT NEW.enabled THEN
    found_type := 'api_key.revoked';
  ELSE
    found_payload := found_payload || jsonb_build_object('fields', to_jsonb(array_remove(ARRAY[
      CASE WHEN NEW.enabled <> OLD.enabled THEN 'enabled' END,
      CASE WHEN NEW.permissions IS DISTINCT FROM OLD.permissions THEN 'permissions' END,
      CASE WHEN NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN 'expiresAt' END,
      CASE WHEN NEW.name IS DISTINCT FROM OLD.name THEN 'name' END,
      CASE WHEN NEW.metadata IS DISTINCT FROM OLD.metadata THEN 'plan' END], NULL)));
  END IF;
  PERFORM append_event('accounts', found_type, changed.reference_id, event_actor(changed.reference_id),
    ARRAY['user:' || changed.reference_id, 'api_key:' || changed.id], found_payload);
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Deferred, as the triggers on users and sessions are: `accounts` is locked at COMMIT.
CREATE CONSTRAINT TRIGGER api_keys_event AFTER INSERT OR DELETE ON api_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_api_key_change();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER api_keys_changed_event AFTER UPDATE ON api_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.enabled, OLD.permissions, OLD.expires_at, OLD.name, OLD.metadata)
    IS DISTINCT FROM (NEW.enabled, NEW.permissions, NEW.expires_at, NEW.name, NEW.metadata))
  EXECUTE FUNCTION log_api_key_change();
--> statement-breakpoint
-- A viewer in memory is found by its owner, and a key is known by its hash: another owner or hash is another key.
CREATE FUNCTION guard_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the owner and the hash of an API key never change' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'api_keys_identity';
END $$;
--> statement-breakpoint
CREATE TRIGGER api_keys_identity BEFORE UPDATE ON api_keys FOR EACH ROW
  WHEN ((OLD.id, OLD.reference_id, OLD.key) IS DISTINCT FROM (NEW.id, NEW.reference_id, NEW.key))
  EXECUTE FUNCTION guard_api_key();
