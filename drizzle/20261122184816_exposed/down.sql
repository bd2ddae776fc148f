DROP TABLE api_keys, exchange_rate_history, exchange_rates, notification_settings, system_alerts, token_metadata, user_settings;
