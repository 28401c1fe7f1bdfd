#!/bin/sh
#SBATCH --job-name=cabscan-merge
#SBATCH --output=slurm-%j.out
# After the array: merge.sh REPORT.xml
#
# Exits with 3 when a shard lacks, and says which.
set -u
exec cabscan merge --format junit --output "$1" rows-*.ndjson
