using System.Security.Cryptography;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Weights;

public sealed class RandomCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, true, DType.BFloat16)]
    [InlineData(0, false, DType.Float32)]
    [InlineData(4, false, DType.BFloat16)]
    [InlineData(4, true, DType.Float32)]
    public void Write_DenseOrExpertsInShards_LoadsAndTrains(int experts, bool tied, DType dtype)
    {
        var config = TinyModels.Config(experts, tied, experts > 0 ? [1] : null);
        var files = Write(config, "out", dtype, seed: 3, shardBytes: 4000);

        Assert.True(files.Count > 2);
        using (var checkpoint = Checkpoint.Open(_folder.File("out")))
        {
            Assert.Equal(!tied, checkpoint.Tensors.ContainsKey(config.Keys.Text.Head));
            Assert.All(checkpoint.Tensors.Values, t => Assert.Equal(dtype, t.DType));
            Assert.Equal(RandomCheckpoint.CountParameters(config), checkpoint.Tensors.Values.Sum(t => Shape.Count(t.Shape)));
            if (experts > 0)
                Assert.Equal([4, 12, 12], checkpoint.Tensors[config.Keys.Text.Layers[0].ExpertsGateUp].Shape);
            if (experts > 0)
                Assert.Equal([4, 6, 12], checkpoint.Tensors[config.Keys.Text.Layers[2].ExpertsDown].Shape);
        }
        using var model = ModelFiles.Load(_folder.File("out"), DType.Float32, Device.Cpu);
        TinyModels.Train(model.Parameters);
        using var gradients = new GradientBuffer(model.Parameters);
        var sample = TinyModels.Sample(new Random(1), config, 3, 4, new VisionGrid(1, 4, 2));
        using var batch = PackedBatch.Pack([sample], config, model.DType, model.Device);
        using var loss = model.TrainingPass(batch, 1.0 / batch.AnswerTokens, Recompute.None);
        sample.Pixels!.Dispose();
        // Nothing is known yet: every token is about as likely as any other.
        Assert.Equal(Math.Log(config.Text.Vocab), loss.Item() / batch.AnswerTokens, 0.1);
        Assert.All(gradients.Parameters, p => Assert.All(p.Gradient!.ToDoubles(), g => Assert.True(double.IsFinite(g))));
    }

    [Fact]
    public void Write_SameSeed_GivesTheSameBytesEverywhere()
    {
        var config = TinyModels.Config(4);
        Write(config, "one", DType.BFloat16, seed: 7);
        Write(config, "two", DType.BFloat16, seed: 7);
        Write(config, "other", DType.BFloat16, seed: 8);
        var one = File.ReadAllBytes(_folder.File("one/model.safetensors"));

        Assert.Equal(one, File.ReadAllBytes(_folder.File("two/model.safetensors")));
        Assert.NotEqual(one, File.ReadAllBytes(_folder.File("other/model.safetensors")));
        // Whatever the processor, the system or the release: a checkpoint named by its seed stays that checkpoint.
        Assert.Equal("08E57E0BB010392E", Convert.ToHexString(SHA256.HashData(one))[..16]);
    }

    [Fact]
    public void Write_Values_FollowTheConfigurationsDeviation()
    {
        var config = TinyModels.Config(4, dense: [1]);
        config = config with { Text = config.Text with { Vocab = 4000, InitializerRange = 0.05 } };
        Write(config, "out", DType.Float32, seed: 1);
        var tensors = TensorTable.Read(_folder.File("out"));

        Assert.All(
            tensors.Where(t => t.Key.Contains("norm") && t.Key.EndsWith(".weight")),
            t => Assert.All(t.Value.Values, v => Assert.Equal(1, v))
        );
        Assert.All(tensors.Where(t => t.Key.EndsWith(".bias")), t => Assert.All(t.Value.Values, v => Assert.Equal(0, v)));
        AssertSpread(0.05, config.Keys.Text.Embedding);
        AssertSpread(0.05, config.Keys.Text.Layers[0].ExpertsGateUp);
        AssertSpread(0.05 / Math.Sqrt(6), config.Keys.Text.Layers[2].AttentionOut);
        AssertSpread(0.05 / Math.Sqrt(6), config.Keys.Text.Layers[0].ExpertsDown);
        AssertSpread(0.05 / Math.Sqrt(6), config.Keys.Text.Layers[1].Down);
        AssertSpread(0.02, config.Keys.Vision!.PatchWeight);
        AssertSpread(0.02 / Math.Sqrt(6), config.Keys.Vision!.Blocks[0].Projection + ".weight");
        AssertSpread(0.02, config.Keys.Vision!.Merger.Second + ".weight");

        void AssertSpread(double deviation, string key)
        {
            var values = tensors[key].Values;
            // Five deviations of each estimate.
            var error = 5 / Math.Sqrt(values.Length);
            Assert.InRange(values.Average() / deviation, -error, error);
            Assert.InRange(Math.Sqrt(values.Average(v => v * v)) / deviation, 1 - error, 1 + error);
        }
    }

    [Theory]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float32)]
    public void Fill_InParts_EqualsTheWhole(DType dtype) =>
        Property.Holds(
            20,
            random =>
            {
                var table = new NormalQuantiles(0.02, dtype);
                var (key, size) = ((ulong)random.NextInt64(), dtype.Bytes());
                var whole = new byte[random.Between(1, 3000) * size];
                table.Fill(key, 0, whole);
                for (var at = 0; at < whole.Length; )
                {
                    var part = whole.AsSpan(at, Math.Min(random.Between(1, 100) * 4 * size, whole.Length - at));
                    var again = new byte[part.Length];
                    table.Fill(key, at / size, again);
                    Assert.True(part.SequenceEqual(again));
                    at += part.Length;
                }
            }
        );

    // From tables of the normal distribution.
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.25, -0.674489750196082)]
    [InlineData(0.025, -1.959963984540054)]
    [InlineData(0.001, -3.090232306167814)]
    [InlineData(0.00001, -4.264890793922825)]
    public void Inverse_KnownQuantiles_Agree(double probability, double expected) =>
        Assert.Equal(expected, NormalQuantiles.Inverse(probability), 1e-13);

    [Theory]
    [InlineData("Qwen3-VL-2B-Instruct", 2_127_532_032)]
    [InlineData("Qwen3-VL-30B-A3B-Instruct", 31_070_754_032)]
    public void CountParameters_PublishedConfiguration_IsTheHubsNumber(string name, long count) =>
        Assert.Equal(count, RandomCheckpoint.CountParameters(ModelConfigs.Load(Repository.Config(name))));

    [Fact]
    public void Write_CancelledOrOverOldWeights_IsRefused()
    {
        var config = TinyModels.Config();
        Assert.Throws<OperationCanceledException>(() =>
            RandomCheckpoint.Write(_folder.File("out"), config, DType.BFloat16, 1, cancel: new CancellationToken(canceled: true))
        );
        Assert.Empty(Directory.EnumerateFiles(_folder.File("out")));
        Write(config, "out", DType.BFloat16, 1);
        Assert.Contains(
            "already contains model weights",
            Assert.Throws<InputException>(() => Write(config, "out", DType.BFloat16, 1)).Message
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.02)]
    public void Write_ImpossibleDeviation_IsRefused(double range)
    {
        var config = TinyModels.Config();
        config = config with { Vision = config.Vision! with { InitializerRange = range } };
        Assert.StartsWith(
            "vision_config.initializer_range is",
            Assert.Throws<InputException>(() => Write(config, "out", DType.BFloat16, 1)).Message
        );
    }

    private IReadOnlyList<string> Write(
        ModelConfig config,
        string name,
        DType dtype,
        ulong seed,
        long shardBytes = ShardedWriter.DefaultShardBytes
    )
    {
        Directory.CreateDirectory(_folder.File(name));
        File.WriteAllText(_folder.File($"{name}/config.json"), config.ToJson());
        return RandomCheckpoint.Write(_folder.File(name), config, dtype, seed, shardBytes, cancel: TestContext.Current.CancellationToken);
    }
}
