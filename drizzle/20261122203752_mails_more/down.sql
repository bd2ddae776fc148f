DROP INDEX mails_open_idx;
