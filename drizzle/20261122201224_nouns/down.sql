DROP TABLE api_keys, chain_blocks, exchange_rates, exchange_rate_history, exchange_rate_refreshes, mails,
  notification_settings, system_alerts, token_metadata, token_transfers, user_settings;
DROP INDEX users_name_prefix_idx, users_created_at_idx, users_role_created_at_idx, users_banned_idx;
