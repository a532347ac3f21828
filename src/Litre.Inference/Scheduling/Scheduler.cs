using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference.Scheduling;

/// <summary>
/// Continues any number of prompts that begin and end at any time (continuous batching). Each step is one forward pass: the next parts
/// of prompts together with the next token of every running answer, or these tokens alone, which can be replayed. Prompts start in
/// their order, as far as the states have space. Not thread-safe.
/// </summary>
internal sealed class Scheduler : IDisposable
{
    // A shorter prefix is not worth a copy.
    private const int MinPrefix = 16;

    private readonly CausalModel _model;
    private readonly FeatureCache? _features;
    private readonly SequenceStates _states;
    private readonly SchedulerSettings _settings;
    private readonly DecodeSteps _decode;
    private readonly LinkedList<GenerationTask> _waiting = [];
    private readonly List<GenerationTask> _running = [];
    private readonly List<Retained> _retained = []; // the one used last at the end

    // An ended sequence that is kept for others that begin like it.
    private sealed record Retained(int Sequence, ModelSample Read, string Scope);

    /// <param name="model">Borrowed.</param>
    /// <param name="features">Caches the images of earlier prompts; borrowed. Null if every prompt has its pixels.</param>
    /// <param name="states">Borrowed.</param>
    /// <param name="settings">How it divides its work.</param>
    public Scheduler(CausalModel model, FeatureCache? features, SequenceStates states, SchedulerSettings settings)
    {
        (_model, _features, _states, _settings) = (model, features, states, settings);
        _decode = new DecodeSteps(model, states, settings.MaxNewTokens, settings.Replay);
    }

    public IReadOnlyCollection<GenerationTask> Waiting => _waiting;

    public IReadOnlyList<GenerationTask> Running => _running;

    public bool IsIdle => _waiting.Count == 0 && _running.Count == 0;

    /// <summary>Forward passes so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Forward passes that replayed a recorded step.</summary>
    public long ReplayedSteps => _decode.ReplayedSteps;

    /// <summary>Tokens of ended sequences that are kept.</summary>
    public int RetainedTokens => _retained.Sum(r => _states.Capacity(r.Sequence));

    /// <summary>Adds a prompt, which waits until there is space for it and its answer.</summary>
    /// <exception cref="ArgumentException">It would need more rows than there are.</exception>
    public void Submit(GenerationTask task)
    {
        if (task.Rows > _states.Rows)
            throw new ArgumentException($"a prompt and its answer need {task.Rows} rows, but there are {_states.Rows}");
        _waiting.AddLast(task);
    }

    /// <summary>Starts a prompt in a sequence that is open already and has read its beginning.</summary>
    /// <param name="task">The prompt.</param>
    /// <param name="sequence">Its sequence.</param>
    public void Start(GenerationTask task, int sequence)
    {
        task.Sequence = sequence;
        task.Read = task.CachedTokens = _states.Length(sequence);
        Begin(task);
    }

    /// <summary>One forward pass.</summary>
    /// <returns>False if there is nothing to do.</returns>
    public bool Step()
    {
        EndCanceled();
        Admit();
        if (_running.Count == 0)
            return false;
        Steps++;
        var reading = _running.Where(t => !t.IsPromptRead).ToList();
        // Rows of one adapter are neighbors.
        var answering = _running.Where(t => t.IsPromptRead).OrderBy(t => t.Adapter).ToList();
        if (reading.Count > 0)
            Read(reading, answering);
        else
            Decode(answering);
        EndDone();
        return true;
    }

    /// <summary>Records the steps for up to a number of sequences, so that no answer waits for it later.</summary>
    /// <param name="sequences">The maximum number of sequences.</param>
    /// <param name="longest">The most tokens that a sequence can come to have.</param>
    public void RecordSteps(int sequences, int longest)
    {
        if (!IsIdle || _states.PaddingSequence is null)
            return;
        var buckets = Enumerable.Range(1, sequences).Select(DecodeSteps.Bucket).Distinct().OrderDescending();
        foreach (var bucket in buckets)
        {
            for (var i = 0; i <= _settings.Replay.WarmupSteps; i++)
                _decode.Warm(bucket, longest);
        }
    }

    /// <summary>Forgets what ended sequences have read with an adapter that is about to be detached.</summary>
    public void ForgetPrefixes(int adapter)
    {
        foreach (var kept in _retained.Where(r => r.Read.Adapter == adapter).ToList())
            Forget(kept);
    }

    /// <summary>
    /// Ends all running prompts after a forward pass has failed, and forgets all that was kept or recorded: nobody knows how far it got.
    /// </summary>
    public void FailRunning(Exception failure)
    {
        _decode.Clear();
        foreach (var kept in _retained.ToList())
            Forget(kept);
        // It failed before any prompt was started: the first one would fail again.
        if (_running.Count == 0 && _waiting.First is { Value: var first })
        {
            _waiting.RemoveFirst();
            first.Failure = failure;
            first.OnEnd?.Invoke(first);
        }
        foreach (var task in _running.ToList())
        {
            task.Failure = failure;
            _running.Remove(task);
            if (task is { KeepsSequence: false, Sequence: { } sequence })
                _states.Close(sequence);
            task.OnEnd?.Invoke(task);
        }
    }

    /// <summary>Ends all prompts that have not ended.</summary>
    public void CancelAll()
    {
        foreach (var task in _waiting.Concat(_running))
            task.IsCanceled = true;
        EndCanceled();
    }

    public void Dispose()
    {
        _decode.Dispose();
        foreach (var kept in _retained)
            _states.Close(kept.Sequence);
    }

    private void Begin(GenerationTask task)
    {
        task.NextPosition = _model.Config.Positions.Compute(task.Prompt.Ids, task.Prompt.Grids).Next;
        _running.Add(task);
        task.OnStart?.Invoke();
    }

    private void Admit()
    {
        while (_waiting.First is { } first && _running.Count < _settings.MaxRunning)
        {
            var task = first.Value;
            // Answers that run wait for each step: nothing is searched while nothing can start.
            if (_retained.Count == 0 && !_states.CanOpen(task.Rows))
                return;
            var (source, shared) = FindPrefix(task);
            if (Open(task.Rows, keep: source) is not { } sequence)
            {
                if (_running.Count > 0)
                    return;
                // Nothing will end: only the sequence to copy from is in the way.
                (source, shared) = (null, 0);
                sequence = Open(task.Rows, keep: null)!.Value;
            }
            _waiting.RemoveFirst();
            if (shared > 0)
            {
                _states.Copy(source!.Value, sequence, shared);
                (task.Read, task.CachedTokens) = (shared, shared);
                if (_retained.Find(r => r.Sequence == source) is { } used)
                {
                    _retained.Remove(used);
                    _retained.Add(used);
                }
            }
            task.Sequence = sequence;
            Begin(task);
        }
    }

    // A free sequence of this many rows; kept ones make room, the oldest first and the one to copy from last.
    private int? Open(int rows, int? keep)
    {
        while (true)
        {
            if (_states.TryOpen(rows) is { } sequence)
                return sequence;
            if (_retained.Find(r => r.Sequence != keep) is not { } oldest)
                return null;
            Forget(oldest);
        }
    }

    // The sequence of the same scope and adapter that has read most of a prompt.
    private (int? Sequence, int Length) FindPrefix(GenerationTask task)
    {
        if (task.Scope is null || _settings.PrefixTokens == 0)
            return (null, 0);
        var (found, length) = ((int?)null, MinPrefix - 1);
        foreach (var kept in _retained)
        {
            if (kept.Scope == task.Scope && kept.Read.Adapter == task.Adapter)
                Consider(kept.Sequence, kept.Read);
        }
        foreach (var other in _running)
        {
            if (other.Scope == task.Scope && other.Adapter == task.Adapter && other.Read > length)
                Consider(other.Sequence!.Value, Outline(other));
        }
        return found is null ? (null, 0) : (found, length);

        void Consider(int sequence, ModelSample read)
        {
            var shared = PrefixMatch.Length(read, _states, sequence, task.Prompt, _model.Config);
            if (shared > length)
                (found, length) = (sequence, shared);
        }
    }

    private ModelSample Outline(GenerationTask task) =>
        PrefixMatch.Outline(task.Prompt, task.TokensRead(_states.Length(task.Sequence!.Value)), _model.Config);

    private void Forget(Retained kept)
    {
        _states.Close(kept.Sequence);
        _retained.Remove(kept);
    }

    // The next parts of prompts, and the next token of each answer.
    private void Read(List<GenerationTask> reading, List<GenerationTask> answering)
    {
        // Parts of prompts are views of their pixels.
        using var scope = new TensorScope();
        var samples = new List<(GenerationTask Task, ModelSample Sample)>();
        var left = _settings.ChunkTokens;
        foreach (var task in reading)
        {
            var rest = task.Prompt.WithoutPrefix(task.Read, _model.Config);
            var tokens = PartOf(rest, left, isFirst: samples.Count == 0);
            if (tokens == 0)
                break;
            samples.Add((task, rest.Prefix(tokens, _model.Config)));
            left -= tokens;
            task.Read += tokens;
            if (left <= 0)
                break;
        }
        foreach (var task in answering)
        {
            var next = new ModelSample([task.Answer[^1]], null, [], null) { FirstPosition = task.NextPosition++, Adapter = task.Adapter };
            samples.Add((task, next with { ImageKeys = [], IsGenerated = true }));
        }
        var results = samples.Where(s => s.Task.IsPromptRead).Select(s => s.Task).ToList();
        Forward(samples, results);
        foreach (var (task, _) in samples)
        {
            if (task.IsPromptRead && task.NewTokens <= 1)
                task.OnPromptRead?.Invoke();
        }
    }

    private void Forward(List<(GenerationTask Task, ModelSample Sample)> samples, List<GenerationTask> results)
    {
        using var scope = new TensorScope();
        ModelSample[] packed = [.. samples.Select(s => s.Sample)];
        // Questions about one image: its tokens are computed once.
        using var batch =
            _features?.Pack(packed, share: true) ?? PackedBatch.Pack(packed, _model.Config, _model.DType, _model.Device, share: true);
        _states.Reserve(batch.Text.Layout, [.. batch.Tokens.Owners.Select(o => samples[o].Task.Sequence!.Value)]);
        var (rows, images) = _model.Adapters.Select(batch, null);
        var vision = _model.ComputeVisionFeatures(batch, images);
        // Where no prompt ends here, any row will do.
        int[] wanted = [.. Enumerable.Range(0, samples.Count).Where(i => samples[i].Task.IsPromptRead)];
        using var last = new TokenRows(
            [.. (wanted.Length > 0 ? wanted : [0]).Select(i => batch.Tokens.RowsOfSample(i)[^1])],
            _model.Device
        ); // (S)
        var pass = Pass.Inference with { Adapters = rows };
        var (hidden, _) = _model.Text.Forward(batch.Text, vision, pass, new TextOptions(States: _states, Rows: last));
        if (results.Count == 0)
            return;
        var logits = DecodeBatch.LogitsOf(_model, hidden); // (S, V)
        Deliver(results, Ops.ArgMax(logits), results.TrueForAll(t => t.Sampler is null) ? null : logits);
    }

    private void Decode(List<GenerationTask> answering)
    {
        var rows = answering.Select(t => new DecodeRow(t.Sequence!.Value, t.Answer[^1], t.NextPosition++, t.Adapter)).ToList();
        var remaining = answering.Max(t => t.Settings.MaxNewTokens - t.Answer.Count);
        var longest = answering.Max(t => _states.Capacity(t.Sequence!.Value));
        if (_settings.RoundsLongest)
            longest = LongestClass(longest);
        var logits = answering.Exists(t => t.Sampler is not null);
        _decode.Next(
            rows,
            remaining,
            longest,
            logits,
            batch =>
            {
                Deliver(answering, batch.Next, logits ? batch.Logits : null);
                return 0;
            }
        );
    }

    /// <summary>The number of tokens for which a step is recorded.</summary>
    internal int LongestClass(int tokens)
    {
        var size = 1024;
        while (size < tokens)
            size *= 2;
        return Math.Min(size, Math.Max(tokens, _states.Rows));
    }

    // The next token of each, from the first rows: the most likely ones (S) int64, and all logits (S, V).
    private static void Deliver(List<GenerationTask> tasks, Tensor next, Tensor? logits)
    {
        if (next.Device.IsMeta)
        {
            // A plan counts the logits that a sampler would read.
            logits?.To(DType.Float32).Dispose();
            tasks.ForEach(t => t.Add(new SampledToken(0, null)));
            return;
        }
        var likely = next.ToArray<long>();
        var chosen = new SampledToken[tasks.Count];
        if (logits is not null)
            LogitRows.Sample(tasks, logits, chosen);
        for (var i = 0; i < tasks.Count; i++)
            tasks[i].Add(tasks[i].Sampler is null ? new SampledToken((int)likely[i], null) : chosen[i]);
    }

    // Tokens of the next part of a prompt, at most as many as are left, but no part of an image.
    private int PartOf(ModelSample rest, int left, bool isFirst)
    {
        if (rest.Ids.Length <= left)
            return rest.Ids.Length;
        foreach (var (start, end) in rest.ImageSpans(_model.Config))
        {
            if (start < left && left < end)
                left =
                    start > 0 ? start
                    : isFirst ? end
                    : 0;
        }
        return left;
    }

    private void EndCanceled()
    {
        for (var node = _waiting.First; node is not null; )
        {
            var next = node.Next;
            if (node.Value.IsCanceled)
            {
                _waiting.Remove(node);
                node.Value.OnEnd?.Invoke(node.Value);
            }
            node = next;
        }
        EndDone();
    }

    private void EndDone()
    {
        foreach (var task in _running.Where(t => t.IsDone).ToList())
        {
            _running.Remove(task);
            Release(task);
            task.OnEnd?.Invoke(task);
        }
    }

    private void Release(GenerationTask task)
    {
        if (task.KeepsSequence || task.Sequence is not { } sequence)
            return;
        var length = _states.Length(sequence);
        if (task.Scope is null || length < MinPrefix || length > _settings.PrefixTokens)
        {
            _states.Close(sequence);
            return;
        }
        var read = Outline(task);
        // What another sequence has read as well need not be kept twice.
        foreach (
            var shorter in _retained
                .Where(r => r.Scope == task.Scope && r.Read.Adapter == task.Adapter)
                .Where(r => PrefixMatch.Length(read, _states, sequence, r.Read, _model.Config) >= r.Read.Ids.Length - 1)
                .ToList()
        )
            Forget(shorter);
        _states.Trim(sequence);
        _retained.Add(new Retained(sequence, read, task.Scope));
        while (RetainedTokens > _settings.PrefixTokens)
            Forget(_retained[0]);
    }
}
