using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Where packed sequences begin and end: <c>cu_seqlens</c>, on the host and on the device. Sequences of a cache lie
/// in rows of a fixed capacity, of which each uses the first few.
/// </summary>
public sealed class SequenceLayout : IDisposable
{
    private readonly int[] _starts;
    private readonly int[] _lengths;

    /// <summary>Sequences end to end.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="device">Where the boundaries are wanted.</param>
    public SequenceLayout(IReadOnlyList<int> lengths, Device device)
    {
        _starts = new int[lengths.Count + 1];
        _lengths = [.. lengths];
        for (var i = 0; i < lengths.Count; i++) _starts[i + 1] = checked(_starts[i] + lengths[i]);
        Longest = _lengths.DefaultIfEmpty(0).Max();
        CuSeqlens = TensorScope.Keep(Tensor.From(_starts, device));
    }

    /// <summary>Sequences at given rows, with room after each.</summary>
    /// <param name="starts">First row of each sequence, ascending.</param>
    /// <param name="lengths">Rows in use of each.</param>
    /// <param name="device">Where the boundaries are wanted.</param>
    public SequenceLayout(IReadOnlyList<int> starts, IReadOnlyList<int> lengths, Device device)
    {
        _starts = [.. starts, starts[^1] + lengths[^1]];
        _lengths = [.. lengths];
        Longest = _lengths.Max();
        CuSeqlens = TensorScope.Keep(Tensor.From(_starts, device));
        Used = TensorScope.Keep(Tensor.From(_lengths, device));
    }

    /// <summary>The first row of each sequence on the device, and the end of the last: (S + 1) int32.</summary>
    public Tensor CuSeqlens { get; }

    /// <summary>(S) int32: rows in use, where sequences have room after them; else null.</summary>
    public Tensor? Used { get; }

    public int Longest { get; }

    public int Sequences => _lengths.Length;

    public int Start(int sequence) => _starts[sequence];

    public int Length(int sequence) => _lengths[sequence];

    public void Dispose()
    {
        CuSeqlens.Dispose();
        Used?.Dispose();
    }
}
