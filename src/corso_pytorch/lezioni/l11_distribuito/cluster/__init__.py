"""Lo stesso programma, `addestra`, e ciò che serve per darlo a Slurm, a Kubernetes e a Ray."""
