using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Where the factors of all adapters of a <see cref="Linear"/>, or of one projection of all experts, are, as a table on the device: a
/// kernel reads each row's entry, so that a recorded step of few rows serves any choice of adapters. The plain operators, which run where
/// the adapters are known on the host, compute the same.
/// </summary>
/// <remarks>P parts, r rank, in and out widths, S rows.</remarks>
public sealed class LoraTable : IDisposable
{
    /// <summary>The number of slots that it has entries for.</summary>
    public const int Slots = 64;

    private readonly IReadOnlyList<LoraSlots> _parts;
    private readonly Tensor _table; // (slots, P, 4) int64
    private readonly Tensor _bounds; // (P + 1) int32

    /// <param name="parts">The updates of each part, and its first output.</param>
    /// <param name="outputs">out</param>
    /// <param name="device">The device of the factors.</param>
    public LoraTable(IReadOnlyList<(LoraSlots Lora, long Start)> parts, long outputs, Device device)
    {
        _parts = [.. parts.Select(p => p.Lora)];
        _table = TensorScope.Keep(Tensor.Zeros([Slots, parts.Count, KernelOps.LoraEntryWords], DType.Int64, device));
        _bounds = TensorScope.Keep(Tensor.From<int>([.. parts.Select(p => (int)p.Start), (int)outputs], device));
    }

    /// <summary>The kernels, and whether a device supports them.</summary>
    public static FusedOperation Kernel { get; } = new("adapters by row", Check);

    /// <summary>Whether the kernels support the factors of one adapter.</summary>
    public static bool Supports(LoraPair lora) => lora.Rank <= KernelOps.MaxLoraRank && KernelOps.HasLoraRows(lora.A.Value.Size(-1));

    /// <summary>Whether the update of a slot, if there is one, fits into a table.</summary>
    public static bool Supports(LoraSlots lora, int slot) => lora[slot] is not { } pair || (slot < Slots && Supports(pair));

    /// <summary>Writes where the factors are now. Work of the device that reads the table must be finished.</summary>
    public void Update()
    {
        using var scope = new TensorScope();
        var words = new long[Slots * _parts.Count * KernelOps.LoraEntryWords];
        for (var slot = 0; slot < Slots; slot++)
        {
            for (var p = 0; p < _parts.Count; p++)
            {
                if (_parts[p][slot] is not { } lora)
                    continue;
                var (a, b, entry) = (lora.A.Value, lora.B.Value, (slot * _parts.Count + p) * KernelOps.LoraEntryWords);
                words[entry] = a.Device.IsMeta ? 1 : a.DataPointer;
                words[entry + 1] = b.Device.IsMeta ? 1 : b.DataPointer;
                words[entry + 2] = (uint)lora.Rank | (b.Strides[^2] << 32);
                words[entry + 3] = BitConverter.SingleToUInt32Bits((float)lora.Scale);
            }
        }
        _table.CopyFrom(Tensor.From(words, _table.Sizes, _table.Device));
    }

    /// <summary>Adds each row's update.</summary>
    /// <param name="x">(S, in)</param>
    /// <param name="y">(S, out); changed.</param>
    /// <param name="slots">(S) int64</param>
    public void AddForward(Tensor x, Tensor y, Tensor slots) => KernelOps.AddLoraRowsInPlace(y, x, _table, _bounds, slots);

    /// <summary>Adds the update of each row of an expert.</summary>
    /// <param name="x">(M, in), sorted by expert.</param>
    /// <param name="y">(M, out); changed.</param>
    /// <param name="slots">(S) int64: the slot of each token.</param>
    /// <param name="tokens">(M) int64: the token of each row.</param>
    /// <param name="ends">(E) int32: the end of each expert's rows.</param>
    public void AddForward(Tensor x, Tensor y, Tensor slots, Tensor tokens, Tensor ends) =>
        KernelOps.AddLoraRowsInPlace(y, x, _table, _bounds, slots, tokens, ends);

    public void Dispose()
    {
        _table.Dispose();
        _bounds.Dispose();
    }

    // Ranks of several sizes, parts without an adapter, B factors that are blocks of a wider matrix, rows of the base model.
    private static double Check(Device device)
    {
        const int Inputs = 264,
            Rows = 7;
        using var scope = new TensorScope();
        int[] bounds = [0, 40, 300, 520],
            slots = [2, -1, 0, 1, 2, 2, 0];
        var words = new long[Slots * 3 * KernelOps.LoraEntryWords];
        var (x, y) = (KernelSample.Normal(device, 1, Rows, Inputs), KernelSample.Normal(device, 2, Rows, bounds[^1]));
        var expected = y.Clone();
        foreach (
            var (slot, part, rank, wide) in ((int, int, int, int)[])
                [(0, 0, 16, 16), (0, 2, 16, 48), (1, 1, 5, 5), (2, 0, 130, 130), (2, 2, 8, 8)]
        )
        {
            var columns = bounds[part + 1] - bounds[part];
            var a = KernelSample.Normal(device, 10 + slot, rank, Inputs);
            var b = KernelSample.Normal(device, 20 + part, columns, wide).Slice(1, 0, rank);
            var entry = (slot * 3 + part) * KernelOps.LoraEntryWords;
            (words[entry], words[entry + 1]) = (a.DataPointer, b.DataPointer);
            words[entry + 2] = (uint)rank | ((long)wide << 32);
            words[entry + 3] = BitConverter.SingleToUInt32Bits(0.5f);
            for (var row = 0; row < Rows; row++)
            {
                if (slots[row] == slot)
                    Ops.AddMatMulInPlace(
                        expected.Slice(0, row, 1).Slice(1, bounds[part], columns),
                        Ops.Linear(x.Slice(0, row, 1), a),
                        b.Transposed(),
                        1,
                        0.5
                    );
            }
        }
        var table = Tensor.From(words, [Slots, 3, KernelOps.LoraEntryWords], device);
        KernelOps.AddLoraRowsInPlace(y, x, table, Tensor.From(bounds, device), Tensor.From<long>([.. slots.Select(s => (long)s)], device));
        return FusedOperation.ErrorOf(y, expected);
    }
}
