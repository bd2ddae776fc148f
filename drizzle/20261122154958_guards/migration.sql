-- `updated_at` says when a row changed, whoever changed it.
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();
--> statement-breakpoint
CREATE TRIGGER sessions_updated_at BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at();
--> statement-breakpoint
CREATE TRIGGER accounts_updated_at BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION set_updated_at();
--> statement-breakpoint
CREATE TRIGGER verifications_updated_at BEFORE UPDATE ON verifications FOR EACH ROW EXECUTE FUNCTION set_updated_at();
--> statement-breakpoint
CREATE TRIGGER kyc_applications_updated_at BEFORE UPDATE ON kyc_applications FOR EACH ROW EXECUTE FUNCTION set_updated_at();
--> statement-breakpoint
-- The steps that a status may take, for everybody who writes: the use cases, a job, a hand in SQL.
CREATE FUNCTION guard_kyc_application() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  allowed boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' OR NEW.version <> 1 THEN
      RAISE EXCEPTION 'an application begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_applications_transition';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id OR NEW.user_id <> OLD.user_id OR NEW.created_at <> OLD.created_at THEN
    RAISE EXCEPTION 'id, user_id and created_at never change' USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_applications_identity';
  END IF;
  IF NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'the version grows by one with every change' USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_applications_version';
  END IF;
  allowed := NEW.status = OLD.status OR CASE OLD.status
    WHEN 'draft' THEN NEW.status = 'submitted'
    WHEN 'submitted' THEN NEW.status IN ('under_review', 'additional_info_required', 'approved', 'rejected')
    WHEN 'under_review' THEN NEW.status IN ('additional_info_required', 'approved', 'rejected')
    WHEN 'additional_info_required' THEN NEW.status = 'submitted'
    WHEN 'approved' THEN NEW.status IN ('expired', 'revoked')
    ELSE false
  END;
  IF NOT allowed THEN
    RAISE EXCEPTION 'an application that is % cannot become %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_applications_transition';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER kyc_applications_guard BEFORE INSERT OR UPDATE ON kyc_applications
  FOR EACH ROW EXECUTE FUNCTION guard_kyc_application();
--> statement-breakpoint
-- No step without its row of history, no row of history without its step.
CREATE FUNCTION require_kyc_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM kyc_status_changes c WHERE c.application_id = NEW.id AND c.version = NEW.version AND c.to_status = NEW.status) THEN
    RAISE EXCEPTION 'a change of status needs its row in kyc_status_changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_applications_history';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER kyc_applications_created_history AFTER INSERT ON kyc_applications
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_kyc_history();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER kyc_applications_changed_history AFTER UPDATE ON kyc_applications
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION require_kyc_history();
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER kyc_status_changes_append_only BEFORE UPDATE OR DELETE ON kyc_status_changes
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER kyc_status_changes_no_truncate BEFORE TRUNCATE ON kyc_status_changes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER kyc_reveals_append_only BEFORE UPDATE OR DELETE ON kyc_reveals
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON kyc_status_changes, kyc_reveals FROM gatehouse_gateway;
--> statement-breakpoint
-- Documents come and go only while the application may change, whoever writes.
CREATE FUNCTION guard_kyc_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  document record := coalesce(NEW, OLD);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (to_jsonb(NEW) - 'missing_at' - 'version_id') IS DISTINCT FROM (to_jsonb(OLD) - 'missing_at' - 'version_id') THEN
      RAISE EXCEPTION 'a document never changes' USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_documents_immutable';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM kyc_applications a WHERE a.id = document.application_id
      AND a.status IN ('draft', 'additional_info_required')) THEN
    RAISE EXCEPTION 'the application may not change now' USING ERRCODE = 'check_violation', CONSTRAINT = 'kyc_documents_application_open';
  END IF;
  RETURN document;
END $$;
--> statement-breakpoint
CREATE TRIGGER kyc_documents_guard BEFORE INSERT OR UPDATE OR DELETE ON kyc_documents
  FOR EACH ROW EXECUTE FUNCTION guard_kyc_document();
--> statement-breakpoint
-- Jobs belong to the owner's schema; the gateway may add one in the transaction that needs it, nothing more.
CREATE FUNCTION add_job(p_task text, p_payload jsonb, p_key text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM graphile_worker.add_job(p_task, p_payload::json, job_key => p_key);
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION add_job(text, jsonb, text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION add_job(text, jsonb, text) TO gatehouse_gateway;
