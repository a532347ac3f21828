using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Model.Files;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ReferenceFolder_HoldsItsTensors()
    {
        using var checkpoint = Checkpoint.Open(Repository.Reference("dense", "model"));

        Assert.Single(checkpoint.Files);
        Assert.Equal([512, 64], checkpoint.Tensors["lm_head.weight"].Shape);
    }

    [Fact]
    public void Open_ShardedCopyOfReference_HoldsTheSameTensors()
    {
        using var original = Checkpoint.Open(Repository.Reference("moe", "model"));
        var files = WriteShards(original, 200_000);
        Assert.True(files.Count > 3);

        using var copy = Checkpoint.Open(_folder.Path);

        Assert.Equal(files.Order(), copy.Files);
        Assert.Equal(original.Bytes, copy.Bytes);
        Assert.Equal(original.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
        foreach (var (key, entry) in original.Tensors)
        {
            var a = new byte[entry.Bytes];
            var b = new byte[entry.Bytes];
            original.Read(entry, a);
            copy.Read(copy.Tensors[key], b);
            Assert.Equal(a, b);
        }
        // One tensor above the limit may stand alone; otherwise the limit holds.
        Assert.All(
            copy.Files,
            file =>
                Assert.True(
                    copy.Tensors.Values.Count(t => t.File == file) == 1
                        || copy.Tensors.Values.Where(t => t.File == file).Sum(t => t.Bytes) <= 200_000
                )
        );
        var index = JsonNode.Parse(File.ReadAllText(_folder.File(Checkpoint.IndexName)))!;
        Assert.Equal(original.Bytes, (long)index["metadata"]!["total_size"]!);
        Assert.Equal(original.Tensors.Count, index["weight_map"]!.AsObject().Count);
        Assert.Equal("model-00001-of-" + files.Count.ToString("D5") + ".safetensors", Path.GetFileName(files[0]));
    }

    [Fact]
    public void ShardedWriter_SmallModel_WritesOneFileAndNoIndex()
    {
        using var original = Checkpoint.Open(Repository.Reference("dense", "model"));
        Assert.Equal([_folder.File("model.safetensors")], WriteShards(original, ShardedWriter.DefaultShardBytes));
        Assert.Equal(["model.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));

        var e = Assert.Throws<InputException>(() => WriteShards(original, 1000));
        Assert.Contains("already contains model weights (model.safetensors); choose an empty folder", e.Message);
    }

    [Fact]
    public void Open_TwoShardsMissing_NamesBoth()
    {
        using (var original = Checkpoint.Open(Repository.Reference("dense", "model")))
            WriteShards(original, 100_000);
        var gone = Directory.GetFiles(_folder.Path, "model-*").Order().Take(2).ToList();
        gone.ForEach(File.Delete);

        var message = Fails();

        Assert.Contains("2 of ", message);
        Assert.All(gone, file => Assert.Contains(Path.GetFileName(file), message));
        Assert.EndsWith("download them", message);
    }

    [Fact]
    public void Open_KeyOfIndexInNoShard_NamesKeyAndShard()
    {
        WriteTwo(("a", "one.safetensors"), ("b", "two.safetensors"), ("c", "two.safetensors"));
        Assert.Contains("key c: model.safetensors.index.json lists it in two.safetensors, but it is in no shard", Fails());
    }

    [Fact]
    public void Open_KeyInAnotherShardThanIndexed_NamesBothShards()
    {
        WriteTwo(("a", "two.safetensors"), ("b", "one.safetensors"));
        Assert.Contains("key a: model.safetensors.index.json lists it in two.safetensors, but it is in one.safetensors", Fails());
    }

    [Fact]
    public void Open_KeyInTwoShards_NamesBothShards()
    {
        WriteTwo(("a", "one.safetensors"), ("b", "two.safetensors"));
        WriteOne("two.safetensors", "a");
        Assert.Contains("key a is in two shards, one.safetensors and two.safetensors", Fails());
    }

    [Theory]
    [InlineData("../other.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    public void Open_ShardOutsideTheFolder_Refuses(string shard)
    {
        WriteTwo(("a", shard));
        Assert.Contains($"weight_map.a is \"{shard}\", expected the name of a file in the same folder", Fails());
    }

    [Fact]
    public void Open_NoWeights_SaysWhatIsThere()
    {
        File.WriteAllText(_folder.File("pytorch_model.bin"), "x");
        Assert.Contains(
            "has neither model.safetensors nor model.safetensors.index.json (it has pytorch_model.bin, which is not read)",
            Fails()
        );
        Assert.Contains("no such folder", Assert.Throws<InputException>(() => Checkpoint.Open(_folder.File("none"))).Message);
    }

    [Theory]
    [InlineData("{\"weight_map\":{}}", "weight_map is empty")]
    [InlineData("{}", "weight_map is missing")]
    [InlineData("{\n\"weight_map\":\n{", "line 3: not valid JSON")]
    [InlineData("{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}", "not valid JSON")]
    public void Open_BadIndex_NamesTheFile(string index, string expected)
    {
        File.WriteAllText(_folder.File(Checkpoint.IndexName), index);
        var message = Fails();
        Assert.Contains(Checkpoint.IndexName, message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void CheckAgainst_Differences_ListsThemTogetherAndCapped()
    {
        WriteOne("model.safetensors", "shape", "extra");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var expected = Enumerable.Range(0, 11).ToDictionary(i => $"need.{i:D2}", _ => new long[] { 1 });
        expected["shape"] = [2, 3];
        expected["optional"] = [1];

        var message = Assert.Throws<InputException>(() => checkpoint.CheckAgainst(expected, new HashSet<string> { "optional" })).Message;

        Assert.Contains("11 keys missing: need.00, need.01, need.02, need.03, need.04, need.05, need.06, need.07 and 3 more; ", message);
        Assert.Contains("1 key unexpected: extra; ", message);
        Assert.Contains("1 key with another shape: shape (1) instead of (2, 3); ", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void CheckAgainst_OwnShapes_Passes()
    {
        using var checkpoint = Checkpoint.Open(Repository.Reference("dense", "model"));
        checkpoint.CheckAgainst(checkpoint.Tensors.ToDictionary(t => t.Key, t => t.Value.Shape));
    }

    private string Fails()
    {
        var message = Assert.Throws<InputException>(() => Checkpoint.Open(_folder.Path)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private IReadOnlyList<string> WriteShards(Checkpoint original, long shardBytes) =>
        ShardedWriter.Write(
            _folder.Path,
            original.Tensors.Values.Select(t => new TensorSource(
                t.Name,
                t.DType,
                t.Shape,
                stream =>
                {
                    var bytes = new byte[t.Bytes];
                    original.Read(t, bytes);
                    stream.Write(bytes);
                }
            )),
            shardBytes
        );

    private void WriteOne(string file, params string[] keys) =>
        SafetensorsWriter.Write(_folder.File(file), keys.Select(k => TensorSource.FromMemory(k, DType.UInt8, [1], new byte[1])));

    /// <summary>An index as given, beside one.safetensors with key a and two.safetensors with key b.</summary>
    private void WriteTwo(params (string Key, string Shard)[] map)
    {
        WriteOne("one.safetensors", "a");
        WriteOne("two.safetensors", "b");
        var entries = new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Shard)));
        File.WriteAllText(_folder.File(Checkpoint.IndexName), new JsonObject { ["weight_map"] = entries }.ToJsonString());
    }
}
