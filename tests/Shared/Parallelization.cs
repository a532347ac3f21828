using Xunit.Sdk;
using Xunit.v3;

// The memory ledger and the kernels' switches belong to the process, and every operator already uses all cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
