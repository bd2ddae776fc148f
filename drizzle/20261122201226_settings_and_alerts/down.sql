DROP TRIGGER user_settings_updated_at ON user_settings;
DROP TRIGGER notification_settings_updated_at ON notification_settings;
DROP TRIGGER token_metadata_updated_at ON token_metadata;
DROP TRIGGER api_keys_updated_at ON api_keys;
DROP TRIGGER system_alerts_append_only ON system_alerts;
DROP TRIGGER system_alerts_no_truncate ON system_alerts;
GRANT UPDATE, DELETE ON system_alerts TO gatehouse_gateway;
