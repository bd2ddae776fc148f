#!/bin/sh
# archive-wal.sh SEGMENT ARCHIVED: PostgreSQL's archive_command. It ends with 0 only when the segment is on disk under
# its name. After a crash PostgreSQL sends again what is there already: the same bytes are done, others are refused,
# because two servers that write to one archive would destroy each other's backups. Needs GNU coreutils.
set -eu
segment=$1
archived=$2
directory=$(dirname -- "$archived")

if [ ! -e "$archived" ]; then
  temporary=$(mktemp -- "$archived.XXXXXX")
  trap 'rm -f -- "$temporary"' EXIT
  cp -- "$segment" "$temporary"
  sync -- "$temporary"
  # Where another has been faster in the meantime nothing is overwritten.
  mv -nT -- "$temporary" "$archived"
fi
if ! cmp -s -- "$segment" "$archived"; then
  echo "archive-wal: $archived is there with other content and stays as it is" >&2
  exit 1
fi
sync -- "$archived" "$directory"
