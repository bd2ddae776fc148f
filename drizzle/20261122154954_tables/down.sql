-- For a database without data of record: it drops all of it. Otherwise restore a backup.
DROP TABLE object_deletions, kyc_documents, uploads, kyc_reveals, kyc_status_changes, kyc_applications,
  verifications, accounts, sessions, users, event_trims, events;
DROP TYPE upload_state, kyc_document_type, kyc_rejection_kind, id_document_type, kyc_status;
