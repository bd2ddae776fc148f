#!/bin/sh
# restore.sh BACKUP ARCHIVE TARGET [TIME]: makes TARGET, a new data directory, from a verified base backup. PostgreSQL,
# started on it, replays the archive until TIME ('2026-11-22 16:00:00+00'; without it, to the end) and is then writable.
set -eu
backup=$1
archive=$2
target=$3
time=${4-}

if [ -e "$target" ] && [ -n "$(ls -A -- "$target")" ]; then
  echo "restore: $target is not empty; give a new directory" >&2
  exit 1
fi
case $archive in /*) ;; *) echo "restore: $archive must be an absolute path" >&2; exit 1 ;; esac
pg_verifybackup --quiet -- "$backup"

mkdir -p -m 700 -- "$target"
cp -a -- "$backup/." "$target/"
# Also what is empty, because the backup may bring settings of an earlier restore along. It does not archive: a trial
# would put its own timeline into the archive, and the next restore would follow that one.
cat >>"$target/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "$archive/%f" "%p"'
recovery_target_time = '$time'
recovery_target_action = 'promote'
archive_mode = off
SETTINGS
touch -- "$target/recovery.signal"
echo "restore: $target is ready. Start PostgreSQL on it, then run end-sessions.sql before any gateway."
