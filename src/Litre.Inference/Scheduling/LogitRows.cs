using Litre.Inference.Sampling;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Inference.Scheduling;

/// <summary>Reads logits for the samplers of several answers, and lets these choose at the same time.</summary>
internal static class LogitRows
{
    // Of equal logits at the limit the sampler chooses, so a few more than the limit are read.
    private const int MaxTopK = 128,
        Candidates = 256;

    /// <summary>Chooses the next token of each answer that has a sampler.</summary>
    /// <param name="tasks">The answers.</param>
    /// <param name="logits">(S, V), whose first rows are those of the answers.</param>
    /// <param name="chosen">Set where there is a sampler.</param>
    /// <param name="candidates">Whether the device chooses the largest logits first; null does so on a GPU.</param>
    public static void Sample(IReadOnlyList<GenerationTask> tasks, Tensor logits, SampledToken[] chosen, bool? candidates = null)
    {
        int[] sampled = [.. Enumerable.Range(0, tasks.Count).Where(i => tasks[i].Sampler is not null)];
        var width = (int)logits.Size(1);
        // On the CPU there is nothing to save.
        var few = (candidates ?? logits.Device.Type == DeviceType.Cuda) && width > Candidates;
        int[] some = [.. sampled.Where(i => few && tasks[i].Settings is { IsPlainTopK: true, TopK: <= MaxTopK })];
        int[] whole = [.. sampled.Except(some)];
        using var scope = new TensorScope();
        if (some.Length > 0)
            SampleCandidates(tasks, Rows(logits, some), some, chosen);
        if (whole.Length == 0)
            return;
        var values = Rows(logits, whole).To(DType.Float32).ToArray<float>();
        Parallel.For(0, whole.Length, i => chosen[whole[i]] = tasks[whole[i]].Sampler!.Next(values.AsSpan(i * width, width)));
    }

    // The sampler chooses among the largest logits as among all: in the order of their tokens, which decides between equal ones.
    private static void SampleCandidates(IReadOnlyList<GenerationTask> tasks, Tensor logits, int[] sampled, SampledToken[] chosen)
    {
        var (largest, indices) = Ops.TopK(logits, Candidates);
        var (values, tokens) = (largest.To(DType.Float32).ToArray<float>(), indices.ToArray<long>());
        for (var i = 0; i < sampled.Length; i++)
        {
            var row = values.AsSpan(i * Candidates, Candidates);
            var numbers = tokens.AsSpan(i * Candidates, Candidates);
            numbers.Sort(row);
            chosen[sampled[i]] = new SampledToken((int)numbers[tasks[sampled[i]].Sampler!.Next(row).Token], null);
        }
    }

    private static Tensor Rows(Tensor logits, int[] rows)
    {
        using var indices = new TokenRows([.. rows.Select(i => (long)i)], logits.Device);
        return indices.Gather(logits);
    }
}
