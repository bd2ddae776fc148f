DROP TRIGGER api_keys_identity ON api_keys;
DROP TRIGGER api_keys_changed_event ON api_keys;
DROP TRIGGER api_keys_event ON api_keys;
DROP FUNCTION guard_api_key(), log_api_key_change();
