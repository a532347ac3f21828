using System.Runtime.ExceptionServices;
using Litre.Torch;
using Litre.Training.Distributed;

namespace Litre.Training.Tests.Distributed;

/// <summary>Ranks as threads of this process, which sum in the order of their numbers.</summary>
internal sealed class ThreadRanks : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Tensor?[] _tensors;
    private readonly Barrier _barrier;
    private readonly CancellationTokenSource _failed = new();
    private Exception? _failure;

    private ThreadRanks(int size)
    {
        _tensors = new Tensor?[size];
        _barrier = new Barrier(size);
    }

    /// <summary>Runs the same work on all ranks, each on its own thread, and gives what each made.</summary>
    public static T[] Run<T>(int size, Func<ICommunicator, T> work)
    {
        using var ranks = new ThreadRanks(size);
        var results = new T[size];
        var threads = Enumerable
            .Range(0, size)
            .Select(rank => new Thread(() => ranks.Work(rank, work, results)) { IsBackground = true })
            .ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        if (ranks._failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    public void Dispose()
    {
        _barrier.Dispose();
        _failed.Dispose();
    }

    // A rank that fails ends the others, which wait for it; theirs is not the failure to report.
    private void Work<T>(int rank, Func<ICommunicator, T> work, T[] results)
    {
        try
        {
            results[rank] = work(new Communicator(this, rank));
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            _failed.Cancel();
        }
    }

    private void Exchange(int rank, Tensor tensor, Action<Tensor[]> take)
    {
        using var mine = TensorScope.Keep(tensor.Clone());
        _tensors[rank] = mine;
        Meet();
        take(_tensors!);
        Meet();
    }

    private void Meet()
    {
        if (!_barrier.SignalAndWait(Patience, _failed.Token))
            throw new TimeoutException("another rank has not come: it asked for something else, or ended");
    }

    private sealed class Communicator(ThreadRanks ranks, int rank) : ICommunicator
    {
        public int Rank => rank;

        public int Size => ranks._tensors.Length;

        public void AllReduce(Tensor tensor) =>
            ranks.Exchange(
                rank,
                tensor,
                all =>
                {
                    tensor.CopyFrom(all[0]);
                    foreach (var other in all.Skip(1))
                        Ops.Accumulate(tensor, other);
                }
            );

        public void Broadcast(Tensor tensor, int root) => ranks.Exchange(rank, tensor, all => tensor.CopyFrom(all[root]));

        public void Barrier() => ranks.Meet();
    }
}
