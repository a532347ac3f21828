using System.Collections.Concurrent;
using System.Text.Json.Serialization;

namespace Litre.Kernels;

/// <summary>
/// How much attention the shapes of one model have computed. cuDNN makes a plan for each shape, which takes far longer than one use
/// of it saves, so a shape changes to cuDNN once it has had as much work as could have paid for the plan.
/// <para>
/// In training the change comes at the beginning of a step (<see cref="BeginStep"/>), so that a layer that the backward runs again
/// takes the kernel of its forward; and training's counts are kept in checkpoints, so that a resumed run changes where the
/// uninterrupted one did. Passes without a backward change at once, and count for themselves.
/// </para>
/// Thread-safe.
/// </summary>
/// <param name="patience">Operations on one shape before cuDNN gets it.</param>
public sealed class AttentionWork(double patience = AttentionWork.Patience)
{
    /// <summary>Operations on one shape before cuDNN gets it; flash attention takes some 50 ms for them on an H200.</summary>
    public const double Patience = 1e13;

    private readonly ConcurrentDictionary<AttentionShape, double> _inference = new();
    private readonly ConcurrentDictionary<AttentionShape, double> _training = new();
    private volatile HashSet<AttentionShape> _ready = [];

    /// <summary>The operations of training so far, for a checkpoint; in the order of their shapes.</summary>
    public IReadOnlyList<AttentionCount> Counts =>
        [
            .. _training
                .OrderBy(entry => entry.Key.Sequences)
                .ThenBy(entry => entry.Key.Length)
                .ThenBy(entry => entry.Key.Heads)
                .ThenBy(entry => entry.Key.Width)
                .ThenBy(entry => entry.Key.Causal)
                .Select(entry => new AttentionCount(entry.Key, entry.Value)),
        ];

    /// <summary>Counts one use of a shape, and tells whether it has had enough.</summary>
    /// <param name="shape">Of the queries.</param>
    /// <param name="training">Whether a backward follows.</param>
    /// <param name="repeated">
    /// Whether the backward runs this forward again, which counts then: how much is recomputed may change when a run is resumed.
    /// </param>
    public bool IsEnough(AttentionShape shape, bool training, bool repeated = false)
    {
        if (training && repeated)
            return _ready.Contains(shape);
        var done = (training ? _training : _inference).AddOrUpdate(shape, shape.Operations, (known, before) => before + known.Operations);
        return training ? _ready.Contains(shape) : done > patience;
    }

    /// <summary>Lets the shapes that have had enough change in the training step that begins.</summary>
    public void BeginStep()
    {
        foreach (var (shape, operations) in _training)
        {
            if (operations > patience && !_ready.Contains(shape))
                _ready = [.. _ready, shape];
        }
    }

    /// <summary>Takes the place of all counts of training: those of a checkpoint.</summary>
    public void Restore(IEnumerable<AttentionCount> counts)
    {
        _training.Clear();
        _ready = [];
        foreach (var (shape, operations) in counts)
            _training[shape] = operations;
    }
}

/// <summary>Attention over sequences of equal length, as cuDNN plans for it.</summary>
/// <param name="Sequences">How many.</param>
/// <param name="Length">Tokens of each.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Width">Of a head.</param>
/// <param name="Causal">Whether a token sees those before it alone.</param>
public readonly record struct AttentionShape(int Sequences, int Length, long Heads, long Width, bool Causal)
{
    /// <summary>Floating-point operations of one forward.</summary>
    [JsonIgnore]
    public double Operations => 4.0 * Sequences * Length * Heads * Width * Length / (Causal ? 2 : 1);
}

/// <summary>A shape and the operations that it has had.</summary>
public readonly record struct AttentionCount(AttentionShape Shape, double Operations);
