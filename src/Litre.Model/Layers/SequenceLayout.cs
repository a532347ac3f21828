using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>Where packed sequences begin and end: <c>cu_seqlens</c>, on the host and on the device.</summary>
public sealed class SequenceLayout : IDisposable
{
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="device">Where the boundaries are wanted.</param>
    public SequenceLayout(IReadOnlyList<int> lengths, Device device)
    {
        Boundaries = new int[lengths.Count + 1];
        for (var i = 0; i < lengths.Count; i++)
        {
            Boundaries[i + 1] = checked(Boundaries[i] + lengths[i]);
            Longest = Math.Max(Longest, lengths[i]);
        }
        CuSeqlens = TensorScope.Keep(Tensor.From(Boundaries, device));
    }

    /// <summary>(S + 1) offsets, from 0 to the number of tokens.</summary>
    public int[] Boundaries { get; }

    /// <summary>The boundaries on the device: (S + 1) int32.</summary>
    public Tensor CuSeqlens { get; }

    public int Longest { get; }

    public int Sequences => Boundaries.Length - 1;

    public int Tokens => Boundaries[^1];

    public int Start(int sequence) => Boundaries[sequence];

    public int Length(int sequence) => Boundaries[sequence + 1] - Boundaries[sequence];

    public void Dispose() => CuSeqlens.Dispose();
}
