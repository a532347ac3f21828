using Litre.Torch;

namespace Litre.Training.Distributed;

/// <summary>A run in a single process, which communicates with no other.</summary>
public sealed class SingleRank : ICommunicator
{
    public static readonly SingleRank Instance = new();

    private SingleRank() { }

    public int Rank => 0;

    public int Size => 1;

    public void AllReduce(Tensor tensor) { }

    public void Broadcast(Tensor tensor, int root) { }

    public void Barrier() { }
}
