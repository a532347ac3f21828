using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Weights;

public sealed class WeightCheckTests : IDisposable
{
    private const string Key = "model.language_model.layers.1.self_attn.o_proj.weight";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Fingerprint_ShardsBuffersTypesAndWaysOfReading_DoNotChangeIt(int experts)
    {
        var config = TinyModels.Config(experts);
        var (whole, shards) = (Write("whole", config, long.MaxValue), Write("shards", config, 3000));
        Assert.NotEqual(Directory.GetFiles(whole).Length, Directory.GetFiles(shards).Length);
        var expected = Fingerprint(whole);
        Assert.Equal(experts > 0, expected.Experts is not null);
        Assert.Equal(expected, Fingerprint(shards));
        Assert.Equal(expected, Fingerprint(shards, DType.BFloat16, 1 << 14));
        Assert.Equal(expected, Fingerprint(whole, DType.Float64, 1 << 14));
        using var plain = ModelFiles.LoadPlain(shards, DType.Float32, Device.Cpu);
        Assert.Equal(expected, plain.Base!.Fingerprint);
        Assert.Equal("whole", ModelFilesName(whole));
    }

    [Fact]
    public void Fingerprint_OneBitOfAnyTensor_ChangesIt()
    {
        var folder = Write("model", TinyModels.Config(4), long.MaxValue);
        var file = Path.Combine(folder, Checkpoint.SingleName);
        var (good, expected) = (File.ReadAllBytes(file), Fingerprint(folder));
        List<TensorEntry> entries;
        using (var checkpoint = Checkpoint.Open(folder))
            entries = [.. checkpoint.Tensors.Values];
        foreach (var entry in entries)
        {
            var bad = good.ToArray();
            bad[entry.Offset + entry.Bytes - 4] ^= 1; // the lowest bit of its last element
            File.WriteAllBytes(file, bad);
            Assert.False(Fingerprint(folder).Matches(expected), entry.Name);
        }
    }

    [Fact]
    public void Fingerprint_TwoLayoutsOfTheSameExperts_MatchByAllOtherWeights()
    {
        var (ours, hub) = (Fingerprint(Repository.Reference("moe", "model")), Fingerprint(Repository.Reference("moe", "model_hub_layout")));
        Assert.Equal(("transformers", "hub"), (ours.ExpertLayout, hub.ExpertLayout));
        Assert.NotEqual(ours.Experts, hub.Experts);
        Assert.True(ours.Matches(hub));
        Assert.False(ours.Matches(hub with { Weights = "xxh128:0" }));
        Assert.False(ours.Matches(ours with { Experts = hub.Experts }));
        Assert.False(ours.Matches(ours with { Experts = null, ExpertLayout = null }));
    }

    [Theory]
    [InlineData(DType.BFloat16, "NaN")]
    [InlineData(DType.BFloat16, "-Infinity")]
    [InlineData(DType.Float16, "NaN")]
    [InlineData(DType.Float16, "Infinity")]
    [InlineData(DType.Float32, "NaN")]
    [InlineData(DType.Float32, "-Infinity")]
    [InlineData(DType.Float64, "NaN")]
    [InlineData(DType.Float64, "Infinity")]
    public void Load_NotFinite_IsRefusedByTensorAndElement(DType dtype, string value)
    {
        var source = Write("source", TinyModels.Config(), long.MaxValue);
        var folder = _folder.File("converted");
        TensorTable.Convert(source, folder, dtype, 5000);
        var file = Set(folder, Key, 7, double.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        var expected =
            $"{file}: {Key} contains {value} at element 7 of (12, 32); weights must be finite numbers, so the checkpoint "
            + "is damaged or its training diverged; download it again or use an earlier one";
        foreach (var loaded in (DType[])[DType.Float32, DType.BFloat16])
        {
            Assert.Equal(expected, Assert.Throws<InputException>(() => ModelFiles.Load(folder, loaded, Device.Cpu)).Message);
            Assert.Equal(expected, Assert.Throws<InputException>(() => ModelFiles.LoadPlain(folder, loaded, Device.Cpu)).Message);
        }
    }

    [Theory]
    [InlineData(DType.Float32, 3.4e38, DType.BFloat16)]
    [InlineData(DType.Float64, 1e39, DType.Float32)]
    [InlineData(DType.Float64, 3.4e38, DType.BFloat16)]
    public void Load_FiniteInTheFileAloneWouldBeInfinite_IsRefused(DType dtype, double value, DType loaded)
    {
        var folder = _folder.File("converted");
        TensorTable.Convert(Write("source", TinyModels.Config(), long.MaxValue), folder, dtype, 5000);
        Set(folder, Key, 0, value);
        Assert.Contains($"{Key} contains ", Assert.Throws<InputException>(() => ModelFiles.Load(folder, loaded, Device.Cpu)).Message);
        using var model = ModelFiles.Load(folder, dtype, Device.Cpu);
        Assert.All(model.Parameters, p => Assert.All(p.Value.ToDoubles(), v => Assert.True(double.IsFinite(v))));
    }

    [Fact]
    public void FirstNotFinite_AnyLengthAndPlace_IsTheFirst() =>
        Property.Holds(
            200,
            random =>
            {
                var values = Enumerable
                    .Range(0, random.Between(0, 100))
                    .Select(_ => (float)(random.NextDouble() - 0.5) * MathF.Pow(10, random.Between(-40, 38)))
                    .ToArray();
                for (var i = 0; i < random.Between(0, 3) && values.Length > 0; i++)
                    values[random.Next(values.Length)] = random.Flip() ? float.NaN : float.NegativeInfinity;
                var expected = Array.FindIndex(values, v => !float.IsFinite(v));
                Assert.Equal(expected, FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, DType.Float32));
                var halves = values.Select(v => float.IsFinite(v) ? (Half)(v % 1000) : (Half)v).ToArray();
                Assert.Equal(expected, FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(halves.AsSpan()), DType.Float16, DType.Float32));
                var upper = values.Select(v => (short)(BitConverter.SingleToInt32Bits(v) >> 16)).ToArray();
                Assert.Equal(expected, FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(upper.AsSpan()), DType.BFloat16, DType.Float32));
            }
        );

    [Fact]
    public void FirstNotFinite_LargestNumbersOfTheNarrowerType_AreFinite()
    {
        Assert.Equal(-1, First([float.MaxValue, -float.MaxValue, float.Epsilon], DType.Float32));
        var largest = BitConverter.Int32BitsToSingle(0x7f7f7fff); // rounds down to bfloat16's largest
        Assert.Equal(-1, First([largest, -largest], DType.BFloat16));
        Assert.Equal(1, First([largest, BitConverter.Int32BitsToSingle(0x7f7f8000)], DType.BFloat16));
        double[] wide = [float.MaxValue, -(double)float.MaxValue - 1e20, 2e38, 3.5e38];
        Assert.Equal(3, FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(wide.AsSpan()), DType.Float64, DType.Float32));
        Assert.Equal(0, FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(wide.AsSpan()), DType.Float64, DType.BFloat16));

        static int First(float[] values, DType loaded) =>
            FiniteCheck.FirstNotFinite(MemoryMarshal.AsBytes(values.AsSpan()), DType.Float32, loaded);
    }

    private string Write(string name, ModelConfig config, long shardBytes)
    {
        var folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), config.ToJson());
        RandomCheckpoint.Write(folder, config, DType.Float32, 1, shardBytes: shardBytes);
        return folder;
    }

    private static WeightFingerprint Fingerprint(string folder, DType dtype = DType.Float32, int buffer = 1 << 25)
    {
        using var model = ModelFiles.Load(folder, dtype, Device.Cpu, options: new LoadOptions { BufferBytes = buffer });
        return model.Base!.Fingerprint;
    }

    private static string ModelFilesName(string folder)
    {
        using var model = ModelFiles.Load(folder, DType.Float32, Device.Cpu);
        return model.Base!.Name;
    }

    // Overwrites one element; gives the path of its file.
    private static string Set(string folder, string key, int element, double value)
    {
        TensorEntry entry;
        using (var checkpoint = Checkpoint.Open(folder))
            entry = checkpoint.Tensors[key];
        var bytes = new byte[entry.DType.Bytes()];
        switch (entry.DType)
        {
            case DType.BFloat16:
                BinaryPrimitives.WriteInt16LittleEndian(bytes, (short)(BitConverter.SingleToInt32Bits((float)value) >> 16));
                break;
            case DType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                break;
            case DType.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                break;
        }
        using var file = File.OpenWrite(entry.File);
        file.Position = entry.Offset + element * bytes.Length;
        file.Write(bytes);
        return entry.File;
    }
}
