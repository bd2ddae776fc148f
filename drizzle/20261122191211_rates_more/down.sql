ALTER TABLE exchange_rates DROP COLUMN quotation_id;
DROP TABLE exchange_rate_refreshes;
DROP INDEX exchange_rate_history_pair_idx, exchange_rate_history_quote_idx, exchange_rate_history_manual_idx, exchange_rate_history_provider_idx;
CREATE INDEX exchange_rate_history_pair_idx ON exchange_rate_history (base, quote, fetched_at DESC);
