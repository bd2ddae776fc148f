DROP TRIGGER users_end_reset_links ON users;
DROP TRIGGER accounts_end_reset_links ON accounts;
DROP FUNCTION end_reset_links();
DROP INDEX verifications_value_idx;
