using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Torch;
using Litre.Training.Optimization;
using Shared;

namespace Litre.Training.Tests.Optimization;

/// <summary>B factors that are blocks of one matrix: what trains, saves and loads them sets the blocks alone.</summary>
public sealed class LoraStackStepTests
{
    private const double Tolerance = 1e-12;

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Step_SeveralTimes_KeepsTheZerosAndMovesAsFactorsByThemselves(DType dtype) =>
        Property.Holds(
            6,
            random =>
            {
                using var scope = new TensorScope();
                var seed = random.Next();
                var (joined, values) = Train(true);
                var (alone, expected) = Train(false);
                using (joined)
                using (alone)
                {
                    Assert.NotNull(joined.Stack(0)!.B);
                    Assert.Null(alone.Stack(0));
                    Assert.All(values, v => Assert.NotEqual(0, v.Sum(Math.Abs)));
                    if (dtype == DType.Float64)
                        Assert.All(values.Zip(expected), p => Assert.Equal(p.First, p.Second, (a, b) => Math.Abs(a - b) < Tolerance));
                }

                (Linear, List<double[]>) Train(bool together)
                {
                    var random = new Random(seed);
                    var source = TinyModels.Weights(seed, dtype);
                    var linear = new Linear(source, [("q", 5), ("other", 2), ("k", 3), ("v", 3)], 4, bias: false);
                    List<(LinearPart Part, LoraSettings Settings)> adapters =
                    [
                        .. linear.Parts.Where(p => p.Module != "other").Select((p, i) => (p, new LoraSettings(i + 1, i + 1))),
                    ];
                    var places = together ? linear.Allocate(0, adapters) : null;
                    for (var i = 0; i < adapters.Count; i++)
                    {
                        var (part, settings) = adapters[i];
                        var pair = TinyModels.Lora(source, part.Module, part.Weight.Value.Sizes, settings);
                        part.Lora.Add(
                            0,
                            places is null
                                ? pair
                                : new LoraPair(
                                    part.Module,
                                    new Parameter(pair.A.Key, places[i].A.CopyFrom(pair.A.Value)),
                                    new Parameter(pair.B.Key, places[i].B.CopyFrom(pair.B.Value)),
                                    settings
                                )
                        );
                        if (places is not null)
                            pair.Dispose();
                    }
                    var parameters = adapters.SelectMany(a => a.Part.Lora[0]!.Parameters).ToList();
                    TinyModels.Train(parameters);
                    using var gradients = new GradientBuffer(parameters);
                    using var optimizer = new AdamW(gradients, new AdamWSettings());
                    for (var step = 0; step < 5; step++)
                    {
                        gradients.Zero();
                        // Two passes a step: the second adds to what the first set.
                        for (var pass = 0; pass < 2; pass++)
                        {
                            var (y, saved) = linear.Forward(Random(6, 4), new Pass(true, null));
                            linear.Backward(Ops.Add(y, Random(6, 13)), saved!);
                        }
                        optimizer.Step(1e-2);
                        AssertZeros(linear);
                    }
                    // What a resumed run does.
                    var before = parameters.SelectMany(p => p.Value.ToDoubles()).ToList();
                    var kept = optimizer.Values().Clone();
                    foreach (var parameter in parameters)
                        parameter.Value.Fill(3);
                    optimizer.Load(kept);
                    AssertZeros(linear);
                    Assert.Equal(before, parameters.SelectMany(p => p.Value.ToDoubles()));
                    return (linear, [.. parameters.Select(p => p.Value.ToDoubles())]);

                    Tensor Random(int rows, int columns) =>
                        Tensor.From<double>(random.Doubles(rows * columns), [rows, columns], Device.Cpu).To(dtype);
                }
            }
        );

    [Theory]
    [InlineData(0, DType.Float32)]
    [InlineData(5, DType.Float32)]
    [InlineData(0, DType.BFloat16)]
    public void Save_TrainedAdaptersLoadedBackAndMerged_AreTheSameWithTheirZeros(int experts, DType dtype)
    {
        using var scope = new TensorScope();
        using var training = new TinyTraining(TinyModels.Weights(3, dtype), experts, TinyTraining.Trained.RunAdapters);
        Assert.Contains(training.Model.Linears, l => l.Stack(0)?.B is not null);
        for (var step = 0; step < 3; step++)
            training.Step(Recompute.None);
        foreach (var linear in training.Model.Linears)
            AssertZeros(linear);
        var folder = Directory.CreateTempSubdirectory("litre-stack-").FullName;
        try
        {
            AdapterFiles.Save(training.Model, training.Model.Adapters[0], folder);
            using (var file = SafetensorsFile.Open(Path.Combine(folder, AdapterFiles.WeightsName)))
                Assert.All(
                    training.Model.Adapters.SelectMany(a => a.Parameters).Where(p => p.Value.Rank == 2),
                    p => Assert.Equal(p.Value.ToDoubles(), TensorFiles.ReadDoubles(file, p.Key))
                );
            using var other = new CausalModel(training.Config, TinyModels.Weights(3, dtype));
            AdapterFiles.Load(other, folder);
            foreach (var (found, trained) in other.Linears.Zip(training.Model.Linears))
                Assert.Equal(trained.Stack(0)?.B?.ToDoubles(), found.Stack(0)?.B?.ToDoubles());
            var adapted = training.Model.Logits(training.Batch).ToDoubles();
            Assert.Equal(adapted, other.Logits(training.Batch).ToDoubles());
            LoraMerge.Apply(other);
            Assert.All(other.Linears, l => Assert.Null(l.Stack(0)));
            if (dtype == DType.Float32)
                Assert.Equal(adapted, other.Logits(training.Batch).ToDoubles(), (a, b) => Math.Abs(a - b) < 1e-4 * (1 + Math.Abs(a)));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void AssertZeros(Linear linear)
    {
        if (linear.Stack(0)?.B is not { } b)
            return;
        var inBlocks = linear.Parts.SelectMany(p => p.Lora).Sum(l => l.B.Value.ToDoubles().Count(v => v != 0));
        Assert.True(inBlocks > 0);
        Assert.Equal(inBlocks, b.ToDoubles().Count(v => v != 0));
    }
}
