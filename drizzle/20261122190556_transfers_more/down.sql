ALTER TABLE token_transfers DROP CONSTRAINT token_transfers_kind;
ALTER TABLE token_transfers DROP CONSTRAINT token_transfers_chain_id;
DROP INDEX token_transfers_chain_id_idx;
DROP TABLE chain_blocks;
