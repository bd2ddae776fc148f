DROP FUNCTION exchange_rates_at(text, text[], timestamptz);
DROP FUNCTION rate_leg_at(text, text, text, timestamptz);
DROP FUNCTION rate_provider_at(timestamptz);
DROP FUNCTION manual_rate_at(text, text, timestamptz);
DROP FUNCTION quotation_at(text, text, text, timestamptz);
DROP FUNCTION half_even(numeric, numeric);
GRANT UPDATE, DELETE ON exchange_rate_history TO gatehouse_gateway;
DROP TRIGGER exchange_rate_history_no_truncate ON exchange_rate_history;
DROP TRIGGER exchange_rate_history_append_only ON exchange_rate_history;
