using Litre.Torch;

namespace Litre.Training.Distributed;

/// <summary>Numbers and decisions that all ranks must share. A single rank returns its own values without any communication.</summary>
internal static class Agreement
{
    /// <summary>The sums of all ranks' values; counts are exact.</summary>
    /// <param name="ranks">All ranks, which make this call together.</param>
    /// <param name="device">The device of the ranks' tensors.</param>
    /// <param name="values">This rank's values, the same number on all ranks.</param>
    public static double[] Sum(this ICommunicator ranks, Device device, params double[] values)
    {
        if (ranks.Size == 1)
            return values;
        using var tensor = TensorScope.Keep(Tensor.From(values, device)); // (values)
        ranks.AllReduce(tensor);
        return tensor.ToArray<double>();
    }

    /// <summary>Whether the value is true on any rank.</summary>
    /// <param name="ranks">All ranks, which make this call together.</param>
    /// <param name="device">The device of the ranks' tensors.</param>
    /// <param name="value">This rank's value.</param>
    public static bool Any(this ICommunicator ranks, Device device, bool value) => ranks.Sum(device, value ? 1 : 0)[0] > 0;

    /// <summary>The first rank's value.</summary>
    /// <param name="ranks">All ranks, which make this call together.</param>
    /// <param name="device">The device of the ranks' tensors.</param>
    /// <param name="value">Used on the first rank only.</param>
    public static bool OfFirst(this ICommunicator ranks, Device device, bool value)
    {
        if (ranks.Size == 1)
            return value;
        using var tensor = TensorScope.Keep(Tensor.Scalar(value ? 1 : 0, DType.Float64, device)); // ()
        ranks.Broadcast(tensor, 0);
        return tensor.Item() > 0;
    }
}
