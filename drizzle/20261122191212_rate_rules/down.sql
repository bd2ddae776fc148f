DROP FUNCTION exchange_rates_at(text, text[], timestamptz);
DROP FUNCTION rate_leg_at(text, text, text, timestamptz);
DROP FUNCTION rate_provider_at(timestamptz);
DROP FUNCTION manual_rate_at(text, text, timestamptz);
DROP FUNCTION quotation_at(text, text, text, timestamptz);
