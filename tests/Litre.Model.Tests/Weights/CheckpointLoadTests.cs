using System.Buffers.Binary;
using System.Security.Cryptography;
using Litre.Core;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Weights;

public sealed class CheckpointLoadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ReadMethod.Direct)]
    [InlineData(ReadMethod.Dropping)]
    [InlineData(ReadMethod.Cached)]
    public void Load_AnyCheckpointTypeAndBuffer_GivesWhatThePlainTwinGives(ReadMethod reads) =>
        Property.Holds(
            25,
            random =>
            {
                var config = TinyModels.Config(random.Flip() ? 4 : 0, random.Flip());
                // Tensors of many blocks, of sizes that no sector knows.
                config = config with
                {
                    Text = config.Text with { Vocab = random.Between(300, 3001), MoeIntermediateSize = random.Between(3, 41) },
                };
                var folder = _folder.File(Guid.NewGuid().ToString("N"));
                Directory.CreateDirectory(folder);
                File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
                RandomCheckpoint.Write(
                    folder,
                    config,
                    random.Flip() ? DType.BFloat16 : DType.Float32,
                    (ulong)random.Next(),
                    shardBytes: random.Between(3000, 200_000)
                );
                foreach (var file in Directory.GetFiles(folder, "*.safetensors"))
                {
                    // Spaces behind the header move the data to places that no type is aligned to.
                    if (random.Next(3) == 0)
                        Pad(file, random.Between(1, 5000));
                }
                if (random.Flip())
                    WriteSums(folder);
                var dtype = random.Flip() ? DType.BFloat16 : DType.Float32;
                LoadProgress? last = null;
                var options = new LoadOptions
                {
                    ReadMethod = reads,
                    VerifyChecksums = random.Flip(),
                    BufferBytes = 1 << random.Between(14, 20),
                    Progress = p => last = p,
                };

                using var expected = ModelFiles.LoadPlain(folder, dtype, Device.Cpu);
                using var found = ModelFiles.Load(folder, dtype, Device.Cpu, options: options);

                AssertSame(expected, found);
                Assert.True(last!.IsComplete);
                Assert.Equal(last.TotalBytes, last.DoneBytes);
                using var checkpoint = Checkpoint.Open(folder);
                Assert.Equal(checkpoint.Bytes, last.TotalBytes);
                Assert.Equal(checkpoint.Files.Count, last.Files);
            }
        );

    [Theory]
    [InlineData("moe", "model", DType.Float32)]
    [InlineData("moe", "model", DType.BFloat16)]
    [InlineData("moe", "model_hub_layout", DType.Float32)]
    [InlineData("moe", "model_hub_layout", DType.BFloat16)]
    [InlineData("dense", "model", DType.BFloat16)]
    public void Load_ReferenceModels_GivesWhatThePlainTwinGives(string reference, string name, DType dtype)
    {
        var folder = Repository.Reference(reference, name);
        using var expected = ModelFiles.LoadPlain(folder, dtype, Device.Cpu);
        using var found = ModelFiles.Load(folder, dtype, Device.Cpu, options: new LoadOptions { BufferBytes = 1 << 15 });
        AssertSame(expected, found);
    }

    [Fact]
    public void Load_WithoutSums_ReadsOnlyWhatIsWanted()
    {
        var folder = Write();
        using var checkpoint = Checkpoint.Open(folder);
        var config = ModelConfigs.Load(folder);
        var source = new CheckpointSource(CheckpointShape.Of(checkpoint, config), checkpoint, DType.Float32, Device.Cpu);
        using var norm = source.Make(config.Keys.Text.FinalNorm, [config.Text.HiddenSize]);
        LoadProgress? last = null;
        source.Load(new LoadOptions { VerifyChecksums = false, Progress = p => last = p });
        Assert.Equal(checkpoint.Tensors[config.Keys.Text.FinalNorm].Bytes, last!.TotalBytes);
        Assert.All(norm.Value.ToDoubles(), v => Assert.Equal(1, v));
    }

    [Theory]
    [InlineData("SHA256SUMS")]
    [InlineData("sha256sum.txt")]
    public void Load_SumsAgree_AreCounted(string name)
    {
        var folder = Write();
        WriteSums(folder, name);
        LoadProgress? last = null;
        ModelFiles.Load(folder, DType.BFloat16, Device.Cpu, options: new LoadOptions { Progress = p => last = p }).Dispose();
        Assert.True(last!.Files > 2);
        Assert.Equal(last.Files, last.CheckedFiles);
        Assert.EndsWith($", SHA-256 of all {last.Files} files verified", last.ToString());
    }

    [Theory]
    [InlineData(ReadMethod.Direct)]
    [InlineData(ReadMethod.Dropping)]
    public void Load_OneBitFlipped_IsRefusedInOneLineThatNamesTheFile(ReadMethod reads)
    {
        var folder = Write();
        WriteSums(folder);
        var files = Directory.GetFiles(folder, "*.safetensors").Order().ToList();
        // In the header's padding, in the first bytes of data and in the last byte: all of a file counts.
        foreach (
            var (file, place) in (IEnumerable<(string, Func<byte[], int>)>)
                [(files[0], b => b.Length - 1), (files[1], HeaderEnd), (files[^1], b => b.Length / 2)]
        )
        {
            var good = File.ReadAllBytes(file);
            var bad = good.ToArray();
            bad[place(bad)] ^= 1;
            File.WriteAllBytes(file, bad);
            var e = Assert.Throws<InputException>(() =>
                ModelFiles.Load(folder, DType.BFloat16, Device.Cpu, options: new LoadOptions { ReadMethod = reads, BufferBytes = 1 << 15 })
            );
            Assert.Equal(
                $"{file}: its SHA-256 is {Sum(bad)}, but {Path.Combine(folder, "SHA256SUMS")} lists {Sum(good)}; "
                    + "the file is damaged or of another version; download it again",
                e.Message
            );
            File.WriteAllBytes(file, good);
        }
        ModelFiles.Load(folder, DType.BFloat16, Device.Cpu).Dispose();
    }

    [Theory]
    [InlineData(-100, "ends at byte ")]
    [InlineData(100, " bytes now but had ")]
    public void Load_LengthChangedSinceTheHeaderWasRead_IsRefused(int change, string words)
    {
        var folder = Write();
        var config = ModelConfigs.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var source = new CheckpointSource(CheckpointShape.Of(checkpoint, config), checkpoint, DType.BFloat16, Device.Cpu);
        using var model = new CausalModel(config, source);
        var file = checkpoint.Files[1];
        using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(stream.Length + change);
        var e = Assert.Throws<InputException>(() => source.Load(new LoadOptions()));
        Assert.StartsWith($"{file}: ", e.Message);
        Assert.Contains(words, e.Message);
        Assert.Contains("changed while in use", e.Message);
    }

    [Fact]
    public void Load_NameStandsForAnotherFileByNow_ReadsTheOneThatWasChecked()
    {
        var folder = Write();
        using var expected = ModelFiles.LoadPlain(folder, DType.BFloat16, Device.Cpu);
        var config = ModelConfigs.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        foreach (var file in checkpoint.Files)
        {
            File.WriteAllBytes(file + ".new", new byte[new FileInfo(file).Length]);
            File.Move(file + ".new", file, overwrite: true);
        }
        var source = new CheckpointSource(CheckpointShape.Of(checkpoint, config), checkpoint, DType.BFloat16, Device.Cpu);
        using var model = new CausalModel(config, source);
        source.Load(new LoadOptions());
        AssertSame(expected, model);
    }

    [Fact]
    public void Load_QuantisedWeights_AreRefused()
    {
        using var tensors = new TensorScope();
        using (var reference = Checkpoint.Open(Repository.Reference("dense", "model")))
        {
            ShardedWriter.Write(
                _folder.Path,
                [
                    .. reference.Tensors.Values.Select(t =>
                        TensorFiles.Source(
                            t.Name,
                            Tensor.Zeros(t.Shape, t.Name == "lm_head.weight" ? DType.Int8 : DType.BFloat16, Device.Cpu)
                        )
                    ),
                ]
            );
        }
        File.Copy(Repository.Reference("dense", "model", "config.json"), _folder.File("config.json"));
        var e = Assert.Throws<InputException>(() => ModelFiles.Load(_folder.Path, DType.BFloat16, Device.Cpu));
        Assert.Equal(
            $"{_folder.File("model.safetensors")}: key lm_head.weight is I8, expected a floating-point type; "
                + "quantized weights are not supported; use the BF16 checkpoint of this model",
            e.Message
        );
    }

    [Fact]
    public void Load_Fails_LeaksNoTensor()
    {
        var folder = Write();
        WriteSums(folder);
        File.AppendAllText(Path.Combine(folder, "SHA256SUMS"), "what is this\n");
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var e = Assert.Throws<InputException>(() => ModelFiles.Load(folder, DType.BFloat16, Device.Cpu));
        Assert.Contains("SHA256SUMS: line ", e.Message);
        Assert.Contains("\"what is this\", expected a SHA-256 sum", e.Message);
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    private string Write()
    {
        var folder = _folder.File("model");
        var config = TinyModels.Config(4);
        config = config with { Text = config.Text with { Vocab = 2000 } };
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        RandomCheckpoint.Write(folder, config, DType.BFloat16, 1, shardBytes: 10_000);
        return folder;
    }

    private static unsafe void AssertSame(CausalModel expected, CausalModel found)
    {
        var pairs = expected.Parameters.Zip(found.Parameters).ToList();
        Assert.Equal(expected.Parameters.Count(), pairs.Count);
        foreach (var (a, b) in pairs)
        {
            Assert.Equal(a.Key, b.Key);
            Assert.True(Bytes(a.Value).SequenceEqual(Bytes(b.Value)), a.Key);
        }

        static ReadOnlySpan<byte> Bytes(Tensor tensor) => new((void*)tensor.DataPointer, checked((int)tensor.Bytes));
    }

    private static int HeaderEnd(byte[] file) => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);

    private static void Pad(string file, int spaces)
    {
        var bytes = File.ReadAllBytes(file);
        var end = HeaderEnd(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, end - 8 + spaces);
        File.WriteAllBytes(file, [.. bytes[..end], .. Enumerable.Repeat((byte)' ', spaces), .. bytes[end..]]);
    }

    private static void WriteSums(string folder, string name = "SHA256SUMS") =>
        File.WriteAllLines(
            Path.Combine(folder, name),
            Directory.GetFiles(folder, "*.safetensors").Select(f => $"{Sum(File.ReadAllBytes(f))}  {Path.GetFileName(f)}")
        );

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
