ALTER TABLE token_metadata DROP COLUMN metadata_version_id;
ALTER TABLE token_metadata DROP COLUMN logo_version_id;
