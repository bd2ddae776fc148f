GRANT DELETE ON token_metadata TO gatehouse_gateway;
DROP TRIGGER token_metadata_no_truncate ON token_metadata;
DROP TRIGGER token_metadata_guard ON token_metadata;
DROP FUNCTION guard_token_metadata();
