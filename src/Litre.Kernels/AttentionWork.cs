using System.Collections.Concurrent;
using System.Text.Json.Serialization;

namespace Litre.Kernels;

/// <summary>
/// The amount of attention computed for each shape of one model. cuDNN makes a plan for each shape, which takes far longer than one use
/// of it saves, so a shape changes to cuDNN once its work would have justified the plan.
/// <para>
/// In training the change happens at the start of a step (<see cref="BeginStep"/>), so that a layer that the backward recomputes
/// uses the kernel of its forward; training's counts are kept in checkpoints, so that a resumed run changes where the
/// uninterrupted one did. Passes without a backward change at once, and are counted separately.
/// </para>
/// Thread-safe.
/// </summary>
/// <param name="patience">Operations on one shape before it changes to cuDNN.</param>
public sealed class AttentionWork(double patience = AttentionWork.Patience)
{
    /// <summary>Operations on one shape before it changes to cuDNN; flash attention needs about 50 ms for them on an H200.</summary>
    public const double Patience = 1e13;

    private readonly ConcurrentDictionary<AttentionShape, double> _inference = new();
    private readonly ConcurrentDictionary<AttentionShape, double> _training = new();
    private volatile HashSet<AttentionShape> _ready = [];

    /// <summary>The operations of training so far, for a checkpoint, in the order of their shapes.</summary>
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

    /// <summary>Counts one use of a shape, and returns whether it uses cuDNN.</summary>
    /// <param name="shape">The queries' shape.</param>
    /// <param name="training">Whether a backward follows.</param>
    /// <param name="repeated">
    /// Whether the backward recomputes this forward, which is counted then: what is recomputed may change when a run is resumed.
    /// </param>
    public bool IsEnough(AttentionShape shape, bool training, bool repeated = false)
    {
        if (training && repeated)
            return _ready.Contains(shape);
        var done = (training ? _training : _inference).AddOrUpdate(shape, shape.Operations, (known, before) => before + known.Operations);
        return training ? _ready.Contains(shape) : done > patience;
    }

    /// <summary>Changes the shapes with enough work to cuDNN, at the start of a training step.</summary>
    public void BeginStep()
    {
        foreach (var (shape, operations) in _training)
        {
            if (operations > patience && !_ready.Contains(shape))
                _ready = [.. _ready, shape];
        }
    }

    /// <summary>Replaces all counts of training by those of a checkpoint.</summary>
    public void Restore(IEnumerable<AttentionCount> counts)
    {
        _training.Clear();
        _ready = [];
        foreach (var (shape, operations) in counts)
            _training[shape] = operations;
    }
}

/// <summary>Attention over sequences of equal length, the unit of cuDNN's plans.</summary>
/// <param name="Sequences">The number of sequences.</param>
/// <param name="Length">Tokens per sequence.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Width">The width of a head.</param>
/// <param name="Causal">Whether a token attends only to itself and the tokens before it.</param>
public readonly record struct AttentionShape(int Sequences, int Length, long Heads, long Width, bool Causal)
{
    /// <summary>Floating-point operations of one forward.</summary>
    [JsonIgnore]
    public double Operations => 4.0 * Sequences * Length * Heads * Width * Length / (Causal ? 2 : 1);
}

/// <summary>A shape and the operations counted for it.</summary>
public readonly record struct AttentionCount(AttentionShape Shape, double Operations);
