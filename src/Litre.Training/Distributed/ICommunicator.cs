using Litre.Torch;

namespace Litre.Training.Distributed;

/// <summary>
/// Connects the processes (ranks) that train one model together. All ranks make each call, in the same order, and a call waits for the
/// other ranks as far as its result depends on them. If one rank ends early, the others wait; the program that started them must end
/// them.
/// </summary>
public interface ICommunicator
{
    /// <summary>The rank of this process, from zero.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int Size { get; }

    /// <summary>Replaces a tensor with the sum of all ranks' tensors, bit for bit the same on all of them.</summary>
    /// <param name="tensor">Dense, of the same shape and type on all ranks.</param>
    void AllReduce(Tensor tensor);

    /// <summary>Replaces a tensor with that of one rank.</summary>
    /// <param name="tensor">Dense, of the same shape and type on all ranks.</param>
    /// <param name="root">The rank whose values all ranks receive.</param>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits until all ranks have made this call.</summary>
    void Barrier();
}
