-- After every restore, as the owner, before any gateway starts: tokens that a backup holds, or that were revoked after
-- the moment restored to, sign nobody in. Each end is an event in the audit trail, in nobody's name.
BEGIN;
SELECT set_config('gatehouse.actor', 'system', true);
DELETE FROM sessions;
COMMIT;
