DROP TRIGGER token_transfers_unchanged ON token_transfers;
DROP TRIGGER token_transfers_kept ON token_transfers;
DROP TRIGGER token_transfers_no_truncate ON token_transfers;
DROP FUNCTION guard_token_transfer();
GRANT DELETE ON token_transfers TO gatehouse_gateway;
