#!/bin/sh
# A share over several hosts with GNU parallel: batch.sh HOSTFILE SHARE REPORT.xml
#
# HOSTFILE is that of parallel's --sshloginfile (":" is this host).  Each host
# sees SHARE at the same path and has cabscan in its PATH.  A shard whose host
# fails is tried again on another one.
set -eu
hosts=$1
share=$2
report=$3
shards=${SHARDS:-16}
rows=$(mktemp -d)
trap 'rm -rf "$rows"' EXIT

# 3: some CAB cannot be read; it has its row.
seq "$shards" | parallel --sshloginfile "$hosts" --retries 3 --jobs 1 \
	--results "$rows/{1}.ndjson" \
	"cabscan batch --quiet --shard {1}/$shards --format ndjson {2} || [ \$? -eq 3 ]" \
	:::: - ::: "$share" >/dev/null
cabscan merge --format junit --output "$report" "$rows"/*.ndjson
