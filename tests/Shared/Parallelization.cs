using Xunit.Sdk;
using Xunit.v3;

// The memory ledger counts for the whole process, and every operator already uses all cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
