#!/bin/bash
#SBATCH --job-name=corso-ddp
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --time=00:30:00
set -euo pipefail

# La prima delle macchine assegnate è il punto d'incontro.
PRIMA=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
PROCESSI=${SLURM_GPUS_ON_NODE:-1} # uno per GPU
# srun non eredita --cpus-per-task da sbatch: senza, tutti i processi starebbero su una CPU.
export SRUN_CPUS_PER_TASK=${SLURM_CPUS_PER_TASK:-1}

srun torchrun \
    --nnodes "$SLURM_NNODES" --nproc_per_node "$PROCESSI" \
    --rdzv_id "$SLURM_JOB_ID" --rdzv_backend c10d --rdzv_endpoint "$PRIMA:29500" \
    addestra.py "${1:-.}"
