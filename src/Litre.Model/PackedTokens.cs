using Litre.Core;
using Litre.Model.Configuration;

namespace Litre.Model;

/// <summary>
/// Concatenated samples on the host: the part of a <see cref="PackedBatch"/> that needs no device, so that a background thread can
/// prepare it while the previous step computes. Samples with the same beginning may share it: it is then a separate sequence, and the
/// rest of each sample continues after it.
/// </summary>
/// <remarks>T tokens, S sequences, A answer tokens, D head width.</remarks>
public sealed class PackedTokens
{
    private readonly List<int> _lengths = [];
    private readonly List<int> _prefixes = [];
    private readonly List<long> _visual = [];
    private readonly List<int> _imageOwners = [];
    private readonly List<int> _owners = [];
    private readonly long[][] _rows;
    private readonly int?[] _adapters;

    /// <param name="samples">At least one; pixels and features are not read.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="share">Whether samples with the same beginning share it.</param>
    /// <exception cref="ArgumentException">
    /// A sample's images do not match its placeholders, or its weights its labels, or some samples select an adapter and others do not.
    /// </exception>
    /// <exception cref="InputException">A sample has images and the model no vision encoder.</exception>
    public PackedTokens(IReadOnlyList<ModelSample> samples, ModelConfig config, bool share)
    {
        foreach (var sample in samples)
            sample.CheckImages(config);
        var groups = PrefixGroup.Find(samples, config, share);
        var scheme = config.Positions;
        Ids = new long[groups.Sum(g => g.Tokens(samples))];
        Angles = GC.AllocateUninitializedArray<float>(Ids.Length * scheme.Angles.Width);
        _rows = new long[samples.Count][];
        var start = 0;
        foreach (var group in groups)
        {
            var prefix = group.Length > 0 ? _lengths.Count : -1;
            var (first, shared) = (start, group.Length);
            _imageOwners.Add(group.Samples[0]);
            foreach (var i in group.Samples)
            {
                var sample = samples[i];
                // Only the number of generated tokens determines their positions.
                var ids = sample.IsGenerated ? Enumerable.Repeat(PlainToken(config), sample.Ids.Length).ToArray() : sample.Ids;
                var (positions, _) = scheme.Compute(ids, sample.Grids, sample.FirstPosition);
                if (shared > 0 && i == group.Samples[0])
                    Write(i, positions, 0, shared, -1);
                var own = start - shared;
                Write(i, positions, shared, sample.Ids.Length, prefix);
                _rows[i] = [.. Enumerable.Range(0, sample.Ids.Length).Select(t => (long)(t < shared ? first + t : own + t))];
            }
        }
        (AnswerRows, Targets, Weights) = Answers(samples);
        _adapters = [.. samples.Select(s => s.Adapter)];
        if (_adapters.Any(a => a is null) && _adapters.FirstOrDefault(a => a is not null) is { } chosen)
            throw new ArgumentException(
                $"{_adapters.Count(a => a is null)} of {samples.Count} samples select no adapter, but another selects "
                    + $"{chosen}; either all samples select one, or none"
            );

        // Tokens from..to of a sample become a sequence.
        void Write(int owner, int[][] positions, int from, int to, int prefix)
        {
            var sample = samples[owner];
            scheme.Angles.Compute([.. positions.Select(p => p[from..to])], Angles.AsSpan(start * scheme.Angles.Width));
            for (var t = from; t < to; t++, start++)
            {
                Ids[start] = sample.Ids[t];
                if (!sample.IsGenerated && config.IsVisual(sample.Ids[t]))
                    _visual.Add(start);
            }
            _lengths.Add(to - from);
            _prefixes.Add(prefix);
            _owners.Add(owner);
        }
    }

    /// <summary>How many samples there are.</summary>
    public int Samples => _rows.Length;

    /// <summary>T</summary>
    public long[] Ids { get; }

    /// <summary>T rows of D / 2 angles.</summary>
    public float[] Angles { get; }

    /// <summary>Tokens of each sequence, S.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>The sequence that each continues after, or -1, S.</summary>
    public IReadOnlyList<int> Prefixes => _prefixes;

    /// <summary>The rows of images' tokens.</summary>
    public IReadOnlyList<long> VisualRows => _visual;

    /// <summary>The tokens that predict an answer token, sample after sample, A.</summary>
    public long[] AnswerRows { get; }

    /// <summary>The answer tokens predicted, A.</summary>
    public long[] Targets { get; }

    /// <summary>The factor of each answer token's loss, A; null if all are one.</summary>
    public float[]? Weights { get; }

    /// <summary>Whether some sequence continues after another.</summary>
    public bool HasSharedPrefixes => _prefixes.Exists(p => p >= 0);

    /// <summary>The sample to which each sequence belongs; for a shared beginning, the first one that has it. S</summary>
    public IReadOnlyList<int> Owners => _owners;

    /// <summary>The adapter that a sample chooses, or null (<see cref="ModelSample.Adapter"/>).</summary>
    public int? AdapterOf(int sample) => _adapters[sample];

    /// <summary>Whether the samples select their adapters.</summary>
    public bool HasAdapters => _adapters.Length > 0 && _adapters[0] is not null;

    /// <summary>The row of each token of a sample.</summary>
    public IReadOnlyList<long> RowsOfSample(int sample) => _rows[sample];

    /// <summary>The samples whose images are needed: the first of those that share them, in the order of the images' tokens.</summary>
    public IReadOnlyList<int> ImageOwners => _imageOwners;

    private static int PlainToken(ModelConfig config)
    {
        var token = 0;
        while (config.IsVisual(token))
            token++;
        return token;
    }

    private (long[] Rows, long[] Targets, float[]? Weights) Answers(IReadOnlyList<ModelSample> samples)
    {
        List<long> answerRows = [],
            targets = [];
        List<float> weights = [];
        for (var i = 0; i < samples.Count; i++)
        {
            if (samples[i].Labels is not { } labels)
                continue;
            if (samples[i].Weights is { } given && given.Length != labels.Length)
                throw new ArgumentException($"sample {i} has {given.Length} weights for {labels.Length} labels");
            for (var t = 1; t < labels.Length; t++)
            {
                if (labels[t] == ModelSample.NoLoss)
                    continue;
                answerRows.Add(_rows[i][t - 1]);
                targets.Add(labels[t]);
                weights.Add(samples[i].Weights?[t] ?? 1);
            }
        }
        return ([.. answerRows], [.. targets], weights.TrueForAll(w => w == 1) ? null : [.. weights]);
    }
}
