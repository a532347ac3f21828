using Litre.Core;
using Litre.Data.Packing;
using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Torch;

namespace Litre.Evaluation;

/// <summary>
/// Losses and answers of a model on held-out samples, in inference mode. The base and the tuned model see the same batches, so that any
/// difference is due to the adapter alone. Not thread-safe.
/// </summary>
public sealed class Evaluator(ModelSession session, EvaluationSettings settings)
{
    /// <summary>Evaluates the base model and, if slot 0 has an adapter, the tuned one, in one run without reloading.</summary>
    /// <param name="samples">The samples; at least one.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancel">Stops between batches and between tokens.</param>
    /// <exception cref="InputException">There is nothing to evaluate, or an image can no longer be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public EvaluationResult Run(
        IReadOnlyList<TokenizedSample> samples,
        Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        if (samples.Count == 0)
            throw new InputException("there are no samples to evaluate; choose another `split`, or give data with held-out samples");
        var untuned = Measure(samples, "base", progress, cancel, AdapterSelection.None);
        var tuned = session.Model.Adapters.DefaultSlot == AdapterSelection.NoAdapter ? null : Measure(samples, "tuned", progress, cancel);
        return EvaluationResult.Of(samples, untuned, tuned, settings);
    }

    /// <summary>The loss and answer of the model for each sample, in the samples' order.</summary>
    /// <param name="samples">The samples to evaluate.</param>
    /// <param name="name">The name of this model in progress reports.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancel">Stops between batches and between tokens.</param>
    /// <param name="adapters">One selection for all samples; null uses slot 0, if it has an adapter.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<SampleOutcome> Measure(
        IReadOnlyList<TokenizedSample> samples,
        string name,
        Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default,
        AdapterSelection? adapters = null
    )
    {
        var losses = Losses(samples, name, progress, cancel, adapters);
        var answers = settings.GenerateAnswers
            ? Answers(samples, name, progress, cancel, adapters)
            : new (string? Text, bool IsCut)[samples.Count];
        return
        [
            .. losses.Select((loss, i) => new SampleOutcome(loss.Sum, loss.Tokens, answers[i].Text) { IsTruncated = answers[i].IsCut }),
        ];
    }

    // For a page whose tiles are answered separately: the sum over its tiles.
    private (double Sum, int Tokens)[] Losses(
        IReadOnlyList<TokenizedSample> rows,
        string name,
        Action<EvaluationProgress>? progress,
        CancellationToken cancel,
        AdapterSelection? adapters
    )
    {
        TokenizedSample[] all = [.. rows.SelectMany(r => r.TrainingSamples)];
        if (all.Length == rows.Count)
            return SampleLosses(rows, name, progress, cancel, adapters);
        var each = SampleLosses(all, name, progress, cancel, adapters);
        var (sums, next) = (new (double Sum, int Tokens)[rows.Count], 0);
        for (var i = 0; i < sums.Length; i++)
        {
            foreach (var _ in rows[i].TrainingSamples)
            {
                sums[i] = (sums[i].Sum + each[next].Sum, sums[i].Tokens + each[next].Tokens);
                next++;
            }
        }
        return sums;
    }

    private (double Sum, int Tokens)[] SampleLosses(
        IReadOnlyList<TokenizedSample> samples,
        string name,
        Action<EvaluationProgress>? progress,
        CancellationToken cancel,
        AdapterSelection? adapters
    )
    {
        var losses = new (double Sum, int Tokens)[samples.Count];
        var batches = LengthBatches.Create(
            [.. samples.Select(s => s.Length)],
            [.. samples.Select(s => s.ImageSetKey)],
            settings.TokenBudget,
            settings.MaximumBatch,
            padded: false
        );
        var done = 0;
        foreach (var batch in batches)
        {
            cancel.ThrowIfCancellationRequested();
            BatchLosses(samples, batch, losses, adapters);
            done += batch.Length;
            progress?.Invoke(new EvaluationProgress($"{name}: loss", done, samples.Count));
        }
        return losses;
    }

    private void BatchLosses(
        IReadOnlyList<TokenizedSample> samples,
        int[] batch,
        (double Sum, int Tokens)[] losses,
        AdapterSelection? adapters
    )
    {
        using var scope = new TensorScope();
        using var reader = session.Features?.Reader(session.Encoder);
        var inputs = new List<ModelSample>();
        try
        {
            foreach (var index in batch)
                inputs.Add(SampleLoader.Load(samples[index], session.Encoder, session.Features, reader));
            using var packed = session.Pack(inputs);
            if (packed.AnswerTokens == 0)
                return;
            var tokens = session.Model.TokenLosses(packed, adapters).ToDoubles();
            var start = 0;
            for (var i = 0; i < batch.Length; i++)
            {
                var count = inputs[i].AnswerTokens;
                losses[batch[i]] = (tokens.AsSpan(start, count).ToArray().Sum(), count);
                start += count;
            }
        }
        finally
        {
            foreach (var input in inputs)
                input.ReleaseImages();
        }
    }

    private (string? Text, bool IsCut)[] Answers(
        IReadOnlyList<TokenizedSample> samples,
        string name,
        Action<EvaluationProgress>? progress,
        CancellationToken cancel,
        AdapterSelection? adapters
    )
    {
        var generation = new GenerationSettings
        {
            MaxNewTokens = settings.MaxNewTokens,
            Temperature = settings.Temperature,
            Seed = settings.Seed,
        };
        var answers = new (string? Text, bool IsCut)[samples.Count];
        int[] asked = [.. Enumerable.Range(0, samples.Count).Where(i => !samples[i].Sample.IsText)]; // a plain text has no question
        if (asked.Length == 0)
            return answers;
        var lengths = asked.Select(i => samples[i].Length + settings.MaxNewTokens).ToArray();
        var done = 0;
        foreach (
            var places in LengthBatches.Create(
                lengths,
                [.. asked.Select(i => samples[i].ImageSetKey)],
                settings.TokenBudget,
                settings.MaximumBatch,
                padded: true
            )
        )
        {
            cancel.ThrowIfCancellationRequested();
            int[] batch = [.. places.Select(p => asked[p])];
            var tokens = new int[batch.Length];
            var found = session.Answer(
                [.. batch.Select(i => samples[i].Sample)],
                generation,
                (i, _) => tokens[i]++,
                cancel,
                adapters: adapters
            );
            // A stopped generation returns what it has; such an incomplete answer does not count.
            cancel.ThrowIfCancellationRequested();
            for (var i = 0; i < batch.Length; i++)
                answers[batch[i]] = (found[i], tokens[i] >= settings.MaxNewTokens);
            done += batch.Length;
            progress?.Invoke(new EvaluationProgress($"{name}: answers", done, asked.Length));
        }
        return answers;
    }
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Phase">What is computed, such as <c>base: answers</c>.</param>
/// <param name="Done">Samples done in this phase.</param>
/// <param name="Total">Samples of this phase.</param>
public readonly record struct EvaluationProgress(string Phase, int Done, int Total);
