DROP TRIGGER users_updated_at_kept ON users;
DROP TRIGGER users_updated_at ON users;
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();
DROP TRIGGER users_changed_event ON users;
CREATE CONSTRAINT TRIGGER users_changed_event AFTER UPDATE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.role, OLD.banned, OLD.email, OLD.email_verified, OLD.name, OLD.image, OLD.wallet_address, OLD.two_factor_enabled)
    IS DISTINCT FROM (NEW.role, NEW.banned, NEW.email, NEW.email_verified, NEW.name, NEW.image, NEW.wallet_address, NEW.two_factor_enabled)
    OR (NEW.banned AND NEW.ban_expires IS DISTINCT FROM OLD.ban_expires))
  EXECUTE FUNCTION log_user_change();
DROP FUNCTION is_user_change(users, users), keep_updated_at();
CREATE OR REPLACE FUNCTION log_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION log_session_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION log_password_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_event('accounts', 'password.changed', NEW.user_id, event_actor(NEW.user_id),
    ARRAY['user:' || NEW.user_id], '{}');
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION log_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
