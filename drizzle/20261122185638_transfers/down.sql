DROP TABLE token_transfers;
