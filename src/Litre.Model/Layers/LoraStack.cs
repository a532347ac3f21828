using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// The factors that one adapter has on the parts of a fused <see cref="Linear"/>: the A factors end to end, so that x is read once for
/// all of them, and the B factors as blocks of one block-diagonal matrix, so that y and dY are. Those products are bound by that memory
/// traffic, so their arithmetic with the zeros costs no time.
/// </summary>
/// <remarks>
/// T tokens, in and out widths, r rank, R sum of the parts' ranks. A factor is a view: setting it writes only its block, and the values
/// between the blocks stay zero.
/// </remarks>
public sealed class LoraStack : IDisposable
{
    // Beyond it the arithmetic with the zeros is no longer hidden: 2 R operations for each number of dY that is read.
    private const int MaxRanks = 256;

    private readonly List<(LinearPart Part, LoraSettings Settings, long Start)> _blocks = []; // Start: its first column of R

    private readonly int _slot;

    /// <param name="slot">The slot of the adapter.</param>
    /// <param name="adapters">Parts that it changes, in their order.</param>
    /// <param name="weight">(out, in) of all parts; factors are of its compute type and on its device, and zero.</param>
    public LoraStack(int slot, IReadOnlyList<(LinearPart Part, LoraSettings Settings)> adapters, WeightMatrix weight)
    {
        _slot = slot;
        var ranks = 0L;
        foreach (var (part, settings) in adapters)
        {
            _blocks.Add((part, settings, ranks));
            ranks += settings.Rank;
        }
        A = TensorScope.Keep(Tensor.Zeros([ranks, weight.Inputs], weight.ComputeType, weight.Device));
        if (ShouldStackB(adapters, ranks, weight.Rows))
            B = TensorScope.Keep(Tensor.Zeros([weight.Rows, ranks], weight.ComputeType, weight.Device));
    }

    /// <summary>(R, in): each part's factor has its rows.</summary>
    public Tensor A { get; }

    /// <summary>
    /// (out, R): each part's factor has its part's rows and its own columns. Null if one product is not worthwhile: for a single part,
    /// unequal scales, parts that are less than half of the outputs, or large ranks. Then each factor is separate.
    /// </summary>
    public Tensor? B { get; }

    /// <summary>New handles on every part's factors, (r, in) and (rows, r), in the order of the constructor.</summary>
    public IReadOnlyList<(Tensor A, Tensor B)> Factors() =>
        [
            .. _blocks.Select(b =>
                (
                    A.Slice(0, b.Start, b.Settings.Rank),
                    B is null ? Tensor.Zeros([b.Part.Rows, b.Settings.Rank], A.DType, A.Device) : Block(B, b.Part, b.Settings, b.Start)
                )
            ),
        ];

    /// <summary>
    /// Whether the adapter's update of a part, if it has one, may run here: it is one of these, and its input is x itself, without
    /// dropout.
    /// </summary>
    public bool Supports(LinearPart part, DropoutMasks? masks) =>
        _blocks.Exists(b => b.Part == part) ? Pair(part) is { } lora && (masks is null || lora.Settings.Dropout == 0) : Pair(part) is null;

    /// <summary>Adds <c>s · x Aᵀ Bᵀ</c> to y.</summary>
    /// <param name="x">(T, in)</param>
    /// <param name="y">(T, out)</param>
    /// <returns>x Aᵀ (T, R)</returns>
    public Tensor AddForward(Tensor x, Tensor y)
    {
        var u = Ops.Linear(x, A);
        if (B is not null)
        {
            Ops.AddMatMulInPlace(y, u, B.Transposed(), 1, _blocks[0].Settings.Scale);
            return u;
        }
        foreach (var (part, settings, start) in _blocks)
            Ops.AddMatMulInPlace(part.Columns(y), u.Slice(1, start, settings.Rank), Pair(part)!.B.Value.Transposed(), 1, settings.Scale);
        return u;
    }

    /// <summary>The gradients of the trainable factors, and their part of dX.</summary>
    /// <param name="dY">(T, out)</param>
    /// <param name="u">The forward pass's u; may be null if nothing is trainable.</param>
    /// <param name="x">(T, in), alike.</param>
    /// <param name="dX">(T, in), added to; null if it is not needed.</param>
    /// <param name="pending">Takes the gradients, which live as long as the caller's scope.</param>
    public void Backward(Tensor dY, Tensor? u, Tensor? x, Tensor? dX, PendingGradients pending)
    {
        if (_blocks.Exists(b => Pair(b.Part)!.B.Trainable))
            BackwardB(dY, u!, pending);
        var trainsA = _blocks.Exists(b => Pair(b.Part)!.A.Trainable);
        if (dX is null && !trainsA)
            return;
        var dU = Tensor.Empty([dY.Size(0), A.Size(0)], dY.DType, dY.Device); // (T, R)
        if (B is not null)
        {
            Ops.AddMatMulInPlace(dU, dY, B, 0, _blocks[0].Settings.Scale);
        }
        else
        {
            foreach (var (part, settings, start) in _blocks)
                Ops.AddMatMulInPlace(dU.Slice(1, start, settings.Rank), part.Columns(dY), Pair(part)!.B.Value, 0, settings.Scale);
        }
        if (trainsA)
        {
            var dA = Ops.MatMul(dU.Transposed(), x!); // (R, in)
            foreach (var (part, settings, start) in _blocks)
            {
                if (Pair(part)!.A is { Trainable: true } a)
                    pending.Add(a, dA.Slice(0, start, settings.Rank));
            }
        }
        if (dX is not null)
            Ops.AddMatMulInPlace(dX, dU, A);
    }

    public void Dispose()
    {
        A.Dispose();
        B?.Dispose();
    }

    private LoraPair? Pair(LinearPart part) => part.Lora[_slot];

    private void BackwardB(Tensor dY, Tensor u, PendingGradients pending)
    {
        // Every output with every rank; what is outside the blocks is nobody's gradient.
        var dB = B is null
            ? null
            // (out, R)
            : Ops.AddMatMulInPlace(Tensor.Empty(B.Sizes, dY.DType, dY.Device), dY.Transposed(), u, 0, _blocks[0].Settings.Scale);
        foreach (var (part, settings, start) in _blocks)
        {
            if (Pair(part) is not { B.Trainable: true } lora)
                continue;
            if (dB is null)
                pending.AddProduct(lora.B, part.Columns(dY).Transposed(), u.Slice(1, start, settings.Rank), settings.Scale);
            else
                pending.Add(lora.B, Block(dB, part, settings, start));
        }
    }

    private static Tensor Block(Tensor b, LinearPart part, LoraSettings settings, long start) =>
        b.AsStrided([part.Rows, settings.Rank], b.Strides, part.Start * b.Size(1) + start);

    private static bool ShouldStackB(IReadOnlyList<(LinearPart Part, LoraSettings Settings)> adapters, long ranks, long rows) =>
        adapters.Count > 1
        && ranks <= MaxRanks
        && adapters.All(a => a.Settings.Scale == adapters[0].Settings.Scale)
        && 2 * adapters.Sum(a => a.Part.Rows) >= rows;
}
