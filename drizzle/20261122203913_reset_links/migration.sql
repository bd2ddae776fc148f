CREATE INDEX "verifications_value_idx" ON "verifications" ("value");--> statement-breakpoint
-- A link to choose a new password says who holds the mailbox: with another password or another address it is worn.
CREATE FUNCTION end_reset_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One that is being used at this moment is about to be gone by itself.
  DELETE FROM verifications WHERE id IN (
    SELECT id FROM verifications
    WHERE value = CASE TG_TABLE_NAME WHEN 'users' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'user_id' END
    FOR UPDATE SKIP LOCKED);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER accounts_end_reset_links AFTER UPDATE OF password ON accounts FOR EACH ROW
  WHEN (OLD.password IS DISTINCT FROM NEW.password) EXECUTE FUNCTION end_reset_links();
--> statement-breakpoint
CREATE TRIGGER users_end_reset_links AFTER UPDATE OF email ON users FOR EACH ROW
  WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION end_reset_links();
