-- The gateway's own role: it owns nothing. Roles belong to the server, so another database may have made it already.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_gateway') THEN
    CREATE ROLE gatehouse_gateway NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role gatehouse_gateway is missing and % may not create it', current_user
      USING HINT = 'Run as a superuser: CREATE ROLE gatehouse_gateway NOLOGIN; then migrate again.';
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO gatehouse_gateway;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatehouse_gateway;
