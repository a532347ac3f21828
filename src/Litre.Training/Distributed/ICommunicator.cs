using Litre.Torch;

namespace Litre.Training.Distributed;

/// <summary>
/// Joins the processes that train one model together, its ranks. Each call is made by all ranks, in the same order, and waits for
/// the others as far as its result needs them. A rank that ends early leaves the others waiting: whoever starts them ends them.
/// </summary>
public interface ICommunicator
{
    /// <summary>Of this process, from zero.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int Size { get; }

    /// <summary>Replaces a tensor by the sum of all ranks' tensors, the same to the bit on all of them.</summary>
    /// <param name="tensor">Dense, of the same shape and type on all ranks.</param>
    void AllReduce(Tensor tensor);

    /// <summary>Replaces a tensor by one rank's.</summary>
    /// <param name="tensor">Dense, of the same shape and type on all ranks.</param>
    /// <param name="root">Whose values all get.</param>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits until all ranks are here.</summary>
    void Barrier();
}
