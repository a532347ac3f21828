using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Litre.Core;
using Litre.Model.Files;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ReferenceModel_GivesEveryTensorAndMetadata()
    {
        using var file = SafetensorsFile.Open(Repository.Reference("dense", "model", "model.safetensors"));

        Assert.Equal("pt", file.Metadata["format"]);
        var entry = file.Tensors["model.visual.patch_embed.proj.weight"];
        Assert.Equal([32, 3, 2, 16, 16], entry.Shape);
        Assert.Equal(DType.Float32, entry.DType);
        Assert.Equal(32 * 3 * 2 * 16 * 16 * 4, entry.Bytes);
        Assert.Equal(new FileInfo(file.Path).Length, file.Tensors.Values.Max(t => t.Offset + t.Bytes));
    }

    [Fact]
    public unsafe void Read_AllWays_GiveTheSameBytes()
    {
        using var file = SafetensorsFile.Open(Repository.Reference("dense", "model", "model.safetensors"));
        var entry = file.Tensors["model.language_model.layers.2.self_attn.q_proj.weight"];
        var whole = new byte[entry.Bytes];
        file.Read(entry, whole);
        var expected = File.ReadAllBytes(file.Path).AsSpan((int)entry.Offset, (int)entry.Bytes).ToArray();
        Assert.Equal(expected, whole);

        var native = NativeMemory.Alloc((nuint)entry.Bytes);
        try
        {
            file.Read(entry, (nint)native, entry.Bytes);
            Assert.True(new ReadOnlySpan<byte>(native, (int)entry.Bytes).SequenceEqual(whole));
        }
        finally
        {
            NativeMemory.Free(native);
        }

        var part = new byte[100];
        file.ReadPart(entry, 40, part);
        Assert.Equal(whole[40..140], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadPart(entry, entry.Bytes - 99, part));
        Assert.Throws<ArgumentException>(() => file.Read(entry, part));
    }

    [Fact]
    public void Read_FromManyThreads_GivesEveryTensorWhole()
    {
        using var file = SafetensorsFile.Open(Repository.Reference("moe", "model", "model.safetensors"));
        var content = File.ReadAllBytes(file.Path);

        Parallel.ForEach(
            file.Tensors.Values,
            entry =>
            {
                var bytes = new byte[entry.Bytes];
                file.Read(entry, bytes);
                Assert.True(content.AsSpan((int)entry.Offset, bytes.Length).SequenceEqual(bytes), entry.Name);
            }
        );
    }

    [Fact]
    public unsafe void Read_TensorAbove2GiB_ReadsItsEnd()
    {
        // A sparse file: 2 GiB + 16 bytes long, hardly any of it on the disk.
        const long Bytes = (1L << 31) + 16;
        var path = _folder.File("large.safetensors");
        WriteHeader(path, $$$"""{"a":{"dtype":"U8","shape":[{{{Bytes}}}],"data_offsets":[0,{{{Bytes}}}]}}""", []);
        using (var stream = new FileStream(path, FileMode.Open))
        {
            stream.SetLength(stream.Length + Bytes);
            stream.Seek(-4, SeekOrigin.End);
            stream.Write([1, 2, 3, 4]);
        }
        using var file = SafetensorsFile.Open(path);
        var tail = new byte[4];
        file.ReadPart(file.Tensors["a"], Bytes - 4, tail);
        Assert.Equal([1, 2, 3, 4], tail);

        var native = (byte*)NativeMemory.Alloc((nuint)Bytes);
        try
        {
            file.Read(file.Tensors["a"], (nint)native, Bytes);
            Assert.True(new ReadOnlySpan<byte>(native + Bytes - 4, 4).SequenceEqual(tail));
            Assert.Equal(0, native[Bytes - 5]);
        }
        finally
        {
            NativeMemory.Free(native);
        }
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""",
        4,
        "key a: dtype F8_E4M3 is not supported, expected one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL; use the BF16"
    )]
    [InlineData("""{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4, "key a: has no dtype")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,4]}}""", 4, "key a: has no shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4]}}""", 4, "key a: has no data_offsets")]
    [InlineData("""{"a":7}""", 0, "key a: a JSON number, expected an object")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""",
        4,
        "key a: shape contains -4, expected whole numbers of 0 or more"
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,4]}}""", 4, "key a: shape contains 1.5")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""",
        4,
        "key a: shape (4611686018427387904, 4) is too large"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""",
        4,
        "key a: shape (2) of F32 needs 8 bytes, but data_offsets give 4"
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4, "key a: data_offsets (4, 0), expected a start and an end")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,8]}}""",
        4,
        "key a: data_offsets (0, 4, 8), expected a start and an end"
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775803,9223372036854775807]}}""",
        4,
        "key a: its data end at byte 9223372036854775807 of the data, but the file has only 4"
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""",
        3,
        "key a: its data end at byte 4 of the data, but the file has only 3; the file is truncated; download it again"
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}""",
        7,
        "key b: overlaps key a by 1 bytes"
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}""",
        9,
        "key b: 1 bytes before it belong to no tensor"
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 6, "2 bytes at its end belong to no tensor")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""",
        8,
        "key a appears twice in the header"
    )]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "key __metadata__ appears twice")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "__metadata__.format is a JSON number, expected a string")]
    [InlineData("""[1]""", 0, "its header is a JSON array, expected an object")]
    [InlineData("""{"a":""", 0, "its header is not JSON (byte 5 of the header)")]
    public void Open_BadHeader_SaysWhatIsWrong(string header, int dataBytes, string expected)
    {
        var path = _folder.File("bad.safetensors");
        WriteHeader(path, header, new byte[dataBytes]);

        var message = Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message;

        Assert.StartsWith(path + ": ", message);
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
        Assert.Matches("download it again|use the BF16 checkpoint", message);
    }

    [Theory]
    [InlineData(new byte[0], "0 bytes, but a safetensors file has at least 8")]
    [InlineData(new byte[] { 1, 2, 3, 4, 5, 6, 7 }, "7 bytes, but a safetensors file has at least 8")]
    [InlineData(new byte[] { 200, 0, 0, 0, 0, 0, 0, 0, 1 }, "its header states 200 bytes, but the file has only 1 after its first 8")]
    [InlineData(
        new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 },
        "its header states 18446744073709551615 bytes, more than the 100000000 allowed"
    )]
    [InlineData(
        new byte[] { 7, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' },
        "its header is not UTF-8 text"
    )]
    public void Open_NoSafetensorsFile_SaysSo(byte[] content, string expected)
    {
        var path = _folder.File("bad.safetensors");
        File.WriteAllBytes(path, content);

        var message = Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message;

        Assert.Contains(expected, message);
        Assert.Contains("download it again", message);
    }

    [Fact]
    public void Open_GitLfsPointer_TellsToPull()
    {
        var path = _folder.File("model.safetensors");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n");

        Assert.Contains("git lfs pull", Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Fact]
    public void Open_NoFile_NamesThePath()
    {
        var path = _folder.File("none.safetensors");
        Assert.Equal($"{path}: no such file; check the path", Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder.Path)).Message);
    }

    [Fact]
    public void Open_EveryTruncationOfAFile_Throws()
    {
        var path = _folder.File("whole.safetensors");
        SafetensorsWriter.Write(
            path,
            [TensorSource.FromMemory("a", DType.Float32, [2], new byte[8]), TensorSource.FromMemory("b", DType.BFloat16, [3], new byte[6])]
        );
        var content = File.ReadAllBytes(path);
        SafetensorsFile.Open(path).Dispose();
        for (var length = 0; length < content.Length; length++)
        {
            File.WriteAllBytes(path, content[..length]);
            Assert.Throws<InputException>(() => SafetensorsFile.Open(path));
        }
    }

    private static void WriteHeader(string path, string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
    }
}
