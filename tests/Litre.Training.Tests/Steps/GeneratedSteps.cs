using System.Text.Json;
using Litre.Core;
using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Training.Steps;

namespace Litre.Training.Tests.Steps;

/// <summary>
/// Steps whose samples are answers of the model as it stands when they are taken. Each prompt is made of the answer before it, so
/// that the number of a step says nothing about its samples.
/// </summary>
internal sealed class GeneratedSteps(CausalModel model, int steps) : IStepSource
{
    private const int MicroBatches = 2;
    private readonly Generator _generator = new(model);
    private int _taken;
    private int[] _prompt = [5, 6, 7, 8, 9];

    public int TotalSteps => steps;

    public int? EpochSamples => null;

    public bool HasImages => false;

    public string Fingerprint { get; init; } = "generated";

    public JsonElement? State => JsonSerializer.SerializeToElement(_prompt);

    /// <summary>The tokens of all samples that were taken.</summary>
    public List<int[]> Samples { get; } = [];

    public PreparedBatch[] Take(int step, StepShare share)
    {
        if (step != _taken + 1)
            throw new InvalidOperationException($"step {step} was taken after step {_taken}");
        _taken = step;
        return [.. Enumerable.Range(0, MicroBatches).Select(Answer).Where(b => share.Contains(b.Index))];
    }

    public void Return(PreparedBatch[] batches) { }

    public void Restore(int step, JsonElement? state)
    {
        _taken = step;
        _prompt = state?.Deserialize<int[]>() ?? throw new InputException("the checkpoint was written without this source's state");
    }

    public void Dispose() { }

    private PreparedBatch Answer(int index)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = 5,
            Temperature = 1,
            Seed = index,
        };
        // A random model answers with visual tokens, too, which stand for nothing here.
        var config = model.Config;
        var plain = Math.Min(config.Visual!.Start, Math.Min(config.Visual!.Image, config.Visual!.Video));
        int[] answer = [.. _generator.Generate([new ModelSample(_prompt, null, [], null)], settings)[0].Select(t => t % plain)];
        int[] labels = [.. _prompt.Select(_ => ModelSample.NoLoss), .. answer];
        var sample = new ModelSample([.. _prompt, .. answer], labels, [], null);
        Samples.Add(sample.Ids);
        _prompt = answer;
        return new PreparedBatch([sample]) { Index = index };
    }
}
