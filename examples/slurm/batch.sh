#!/bin/sh
#SBATCH --job-name=cabscan
#SBATCH --cpus-per-task=1
#SBATCH --output=slurm-%A_%a.out
#SBATCH --open-mode=append
# One task of a job array: batch.sh SHARE N_TASKS
#
#   job=$(sbatch --parsable --array=1-8 batch.sh share 8)
#   sbatch --dependency=afterany:"$job" merge.sh report.xml
#
# Run a task again with "scontrol requeue JOB_INDEX": it goes on where it was.
set -u
share=$1
tasks=$2
shard=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))

# --shard checks that the array has as many tasks as there are shards.
cabscan batch --format ndjson --output "rows-$shard.ndjson" --resume \
	--shard "auto:$tasks" --jobs "${SLURM_CPUS_PER_TASK:-1}" "$share"
status=$?
# 3: some CAB cannot be read.  It has its row; the task did its work.
[ "$status" = 3 ] && status=0
exit "$status"
