using Litre.Core;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Weights;

public sealed class MergedCheckpointTests
{
    // PEFT adds the same numbers in another order; weights and updates are below 1.
    private const double Rounding = 1e-6;

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    [InlineData("mixed")]
    public void Write_TrainedAdapter_EqualsPeftsOwnMerge(string family)
    {
        using var folder = new TemporaryFolder();
        var changed = Merge(Repository.Reference(family, "model"), Repository.Reference(family, "adapter_trained"), folder.File("out"));

        var (found, expected, source) = (
            TensorTable.Read(folder.File("out")),
            TensorTable.Read(Repository.Reference(family, "merged_trained")),
            TensorTable.Read(Repository.Reference(family, "model"))
        );
        Assert.Equal(source.Keys.Order(), found.Keys.Order());
        foreach (var (key, tensor) in found)
        {
            Assert.Equal(source[key].Shape, tensor.Shape);
            Assert.Equal(source[key].DType, tensor.DType);
            AssertNear(key, expected[key].Values, tensor.Values);
        }
        Assert.Equal(changed, found.Count(t => !t.Value.Values.SequenceEqual(source[t.Key].Values)));
        Assert.Equal(
            File.ReadAllBytes(Repository.Reference(family, "model", "config.json")),
            File.ReadAllBytes(folder.File("out/config.json"))
        );
        Assert.Equal(
            File.ReadAllBytes(Repository.Reference(family, "model", "generation_config.json")),
            File.ReadAllBytes(folder.File("out/generation_config.json"))
        );
    }

    [Fact]
    public void Write_HubLayout_KeepsItKeyForKey()
    {
        using var folder = new TemporaryFolder();
        Merge(Repository.Reference("moe", "model_hub_layout"), Repository.Reference("moe", "adapter_trained"), folder.File("out"));

        var (found, source) = (TensorTable.Read(folder.File("out")), TensorTable.Read(Repository.Reference("moe", "model_hub_layout")));
        Assert.Equal(
            source.Select(t => (t.Key, Shape.Text(t.Value.Shape))).Order(),
            found.Select(t => (t.Key, Shape.Text(t.Value.Shape))).Order()
        );
        using var mine = ModelFiles.Load(folder.File("out"), DType.Float32, Device.Cpu);
        using var peft = ModelFiles.Load(Repository.Reference("moe", "merged_trained"), DType.Float32, Device.Cpu);
        foreach (var (a, b) in mine.Parameters.Zip(peft.Parameters))
            AssertNear(a.Key, b.Value.ToDoubles(), a.Value.ToDoubles());
    }

    [Theory]
    [InlineData("moe", "model_hub_layout")]
    [InlineData("dense", "model")]
    public void Write_ShardedBFloat16_KeepsShardsAndRoundsOnce(string family, string model)
    {
        using var folder = new TemporaryFolder();
        var (source, output, adapter) = (folder.File("source"), folder.File("out"), Repository.Reference(family, "adapter_trained"));
        TensorTable.Convert(Repository.Reference(family, model), source, DType.BFloat16, 300_000);

        Merge(source, adapter, output);

        var (before, after) = (TensorTable.Read(source), TensorTable.Read(output));
        Assert.True(before.Values.Select(t => t.File).Distinct().Count() > 2);
        Assert.Equal(before.Select(t => (t.Key, t.Value.File)).Order(), after.Select(t => (t.Key, t.Value.File)).Order());
        Assert.Equal(
            File.ReadAllText(Path.Combine(source, Checkpoint.IndexName)),
            File.ReadAllText(Path.Combine(output, Checkpoint.IndexName))
        );
        Assert.All(after.Values, t => Assert.Equal(DType.BFloat16, t.DType));
        // The same in memory: float32 arithmetic on the bf16 weights, rounded once at the end.
        using var expected = ModelFiles.Load(source, DType.Float32, Device.Cpu);
        AdapterFiles.Load(expected, adapter);
        LoraMerge.Apply(expected);
        using var found = ModelFiles.Load(output, DType.BFloat16, Device.Cpu);
        foreach (var (a, b) in found.Parameters.Zip(expected.Parameters))
        {
            // Half a unit in the last of bf16's eight bits, and float32's own rounding.
            var (x, y) = (a.Value.ToDoubles(), b.Value.ToDoubles());
            for (var i = 0; i < x.Length; i++)
                Assert.True(Math.Abs(x[i] - y[i]) <= Math.Abs(y[i]) / 256 + Rounding, $"{a.Key}[{i}]: {x[i]}, expected {y[i]}");
        }
    }

    [Fact]
    public void Write_AdapterOfAnotherModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var failure = Assert.Throws<InputException>(() =>
            Merge(Repository.Reference("dense", "model"), Repository.Reference("moe", "adapter_trained"), folder.File("out"))
        );
        Assert.DoesNotContain('\n', failure.Message);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("moe", "model_hub_layout", DType.Float32)]
    [InlineData("moe", "model", DType.BFloat16)]
    [InlineData("mixed", "model", DType.Float32)]
    public void Save_LoadedModel_WritesTheSameTensors(string family, string model, DType dtype)
    {
        using var folder = new TemporaryFolder();
        TensorTable.Convert(Repository.Reference(family, model), folder.File("source"), dtype, 400_000);
        using (var loaded = ModelFiles.Load(folder.File("source"), dtype, Device.Cpu))
            ModelFiles.Save(loaded, folder.File("out"), folder.File("source"));

        var (before, after) = (TensorTable.Read(folder.File("source")), TensorTable.Read(folder.File("out")));
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        foreach (var (key, tensor) in before)
        {
            Assert.Equal(
                (tensor.DType, tensor.File, Shape.Text(tensor.Shape)),
                (after[key].DType, after[key].File, Shape.Text(after[key].Shape))
            );
            Assert.Equal(tensor.Values, after[key].Values);
        }
    }

    [Fact]
    public void Save_TiedHeadInTheFile_IsWrittenAsTheEmbedding()
    {
        using var folder = new TemporaryFolder();
        var config = TinyModels.Config(tied: true);
        using var model = new CausalModel(config, TinyModels.Weights(3, DType.Float32));
        Directory.CreateDirectory(folder.File("like"));
        File.WriteAllText(folder.File("like/config.json"), config.ToJson());
        ShardedWriter.Write(
            folder.File("like"),
            [
                .. model.Parameters.Select(p => TensorFiles.Source(p.Key, p.Value)),
                TensorFiles.Source(model.Config.Keys.Text.Head, model.Text.Embedding.Value),
            ]
        );
        model.Text.Embedding.Value.Fill(0.25);

        ModelFiles.Save(model, folder.File("out"), folder.File("like"));

        var saved = TensorTable.Read(folder.File("out"));
        Assert.All(saved[model.Config.Keys.Text.Head].Values, v => Assert.Equal(0.25, v));
    }

    private static int Merge(string model, string adapter, string output) =>
        MergedCheckpoint.Write(model, adapter, output, cancel: TestContext.Current.CancellationToken);

    private static void AssertNear(string key, double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
            Assert.True(Math.Abs(found[i] - expected[i]) <= Rounding, $"{key}[{i}]: {found[i]}, expected {expected[i]}");
    }
}
