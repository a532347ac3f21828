using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>An image that is known gives the same features without its pixels, and nothing is remembered that could change.</summary>
public sealed class FeatureCacheTests : IDisposable
{
    private const long Plenty = 1 << 20;

    private readonly CausalModel _model = new(TinyModels.Config(5), TinyModels.Weights(3));
    private readonly ModelSample[] _samples;

    public FeatureCacheTests()
    {
        var random = new Random(4);
        _samples =
        [
            Keyed(TinyModels.Sample(random, _model.Config, 3, 2, [new VisionGrid(1, 4, 4), new VisionGrid(2, 2, 4)]), "a", "b"),
            Keyed(TinyModels.Sample(random, _model.Config, 4, 2, []), []),
            Keyed(TinyModels.Sample(random, _model.Config, 2, 3, [new VisionGrid(1, 4, 6)]), "c"),
        ];
    }

    public void Dispose()
    {
        foreach (var sample in _samples)
            sample.Pixels?.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Pack_SomeKnownSomeNot_GivesTheLossesOfTheTower()
    {
        using var cache = new FeatureCache(_model, Plenty);
        var expected = Losses(PackedBatch.Pack(_samples, _model.Config, _model.DType, _model.Device));
        cache.Pack([_samples[2]]).Dispose();
        Assert.Equal(expected, Losses(cache.Pack(_samples)), Close);
        Assert.True(cache.Contains(["a", "b", "c"]));
        // Known ones need no pixels, wherever they stand.
        var without = _samples.Select(s => s with { Pixels = null }).ToArray();
        Assert.Equal(expected, Losses(cache.Pack(without)), Close);
    }

    [Fact]
    public void Pack_AnyNeighboursAndAnyBudget_GivesTheSameBits()
    {
        using var cache = new FeatureCache(_model, Plenty);
        using var small = new FeatureCache(_model, 1);
        var first = Losses(cache.Pack(_samples));
        Assert.Equal(first, Losses(cache.Pack(_samples)));
        Assert.Equal(first, Losses(small.Pack(_samples)));
        Assert.False(small.Contains(["a"]));
        Assert.Equal(0, small.Bytes);
    }

    [Fact]
    public void Pack_BeginningsShared_GivesTheLossesOfSeparateSequences()
    {
        var questions = TinyModels.Questions(new Random(6), _model.Config, "q", 3, new VisionGrid(1, 4, 4));
        ModelSample[] samples = [questions[0], .. _samples, .. questions[1..]];
        var expected = Losses(PackedBatch.Pack(samples, _model.Config, _model.DType, _model.Device));
        using var cache = new FeatureCache(_model, Plenty);
        Assert.Equal(expected, Losses(cache.Pack(samples, share: true)), Close);
        Assert.Equal(expected, Losses(cache.Pack([.. samples.Select(s => s with { Pixels = null })], share: true)), Close);
        questions[0].Pixels!.Dispose();
    }

    [Fact]
    public void Pack_TowerTrained_RemembersNothing()
    {
        using var cache = new FeatureCache(_model, Plenty);
        cache.Pack(_samples).Dispose();
        ((VisionTower)_model.VisionTower!).Positions.Trainable = true;
        Assert.False(cache.Contains(["a"]));
        using var batch = cache.Pack(_samples);
        Assert.NotNull(batch.Vision);
        Assert.Null(batch.Features);
    }

    [Fact]
    public void TrainingPass_OnKnownImages_GivesTheSameGradients()
    {
        using var cache = new FeatureCache(_model, Plenty);
        foreach (var parameter in _model.Text.Parameters)
            parameter.Trainable = true;
        using var gradients = new GradientBuffer(_model.AllParameters);
        var expected = Gradients(PackedBatch.Pack(_samples, _model.Config, _model.DType, _model.Device));
        Assert.Equal(expected, Gradients(cache.Pack(_samples)), Close);
        foreach (var parameter in _model.Text.Parameters)
            parameter.Trainable = false;

        double[] Gradients(PackedBatch batch)
        {
            gradients.Zero();
            _model.TrainingPass(batch, 1, Recompute.None).Dispose();
            batch.Dispose();
            return gradients.Flat.ToDoubles();
        }
    }

    [Fact]
    public void Generate_ImageAskedAboutTwice_AnswersTheSame()
    {
        using var cache = new FeatureCache(_model, Plenty);
        var settings = new GenerationSettings { MaxNewTokens = 5 };
        var prompts = _samples.Select(s => s with { Labels = null }).ToArray();
        var expected = new Generator(_model).Generate(prompts, settings, cancel: TestContext.Current.CancellationToken);
        for (var time = 0; time < 2; time++)
            Assert.Equal(expected, new Generator(_model, cache).Generate(prompts, settings, cancel: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Clear_WhatWasRemembered_IsFreed()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var cache = new FeatureCache(_model, Plenty);
        cache.Pack(_samples).Dispose();
        Assert.Equal(before + cache.Bytes, MemoryLedger.LiveBytes(DeviceType.Cpu));
        cache.Clear();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    private static bool Close(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Abs(a));

    private double[] Losses(PackedBatch batch)
    {
        using var losses = _model.TokenLosses(batch);
        batch.Dispose();
        return losses.ToDoubles();
    }

    private static ModelSample Keyed(ModelSample sample, params string[] keys) => sample with { ImageKeys = keys };
}
