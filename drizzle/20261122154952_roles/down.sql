-- The role itself stays: other databases of the server may use it.
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM gatehouse_gateway;
REVOKE USAGE ON SCHEMA public FROM gatehouse_gateway;
