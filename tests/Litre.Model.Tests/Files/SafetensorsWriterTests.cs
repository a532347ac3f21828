using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Litre.Core;
using Litre.Model.Files;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dense/model/model.safetensors")]
    [InlineData("moe/model/model.safetensors")]
    [InlineData("moe/adapter/adapter_model.safetensors")]
    [InlineData("dense/expected.safetensors")]
    [InlineData("images/expected.safetensors")]
    public void Write_CopyOfReferenceFile_IsTheSameToTheByte(string name)
    {
        using var file = SafetensorsFile.Open(Repository.Reference(name.Split('/')));
        var path = _folder.File("copy.safetensors");

        var bytes = SafetensorsWriter.Write(path, file.Tensors.Values.Select(t => CopyOf(file, t)), file.Metadata);

        Assert.Equal(new FileInfo(path).Length, bytes);
        Assert.Equal(File.ReadAllBytes(file.Path), File.ReadAllBytes(path));
    }

    [Fact]
    public void Write_AnyTensors_ReadBackEqual()
    {
        var dtypes = Enum.GetValues<DType>().Where(d => d != DType.UInt64).ToArray();
        var tensor =
            from name in ArbMap.Default.GeneratorFor<NonEmptyString>()
            from dtype in Gen.Elements(dtypes)
            from shape in Gen.ArrayOf(Gen.Choose(0, 4).Select(n => (long)n)).Where(s => s.Length <= 4)
            from seed in Gen.Choose(0, int.MaxValue)
            select (Name: name.Get, DType: dtype, Shape: shape, Seed: seed);
        var sets = Gen.ListOf(tensor).Select(list => list.Where(t => IsText(t.Name)).DistinctBy(t => t.Name).ToList());

        Prop.ForAll(
                Arb.From(sets),
                set =>
                {
                    var path = _folder.File("any.safetensors");
                    var data = set.ToDictionary(
                        t => t.Name,
                        t =>
                        {
                            var bytes = new byte[Shape.Count(t.Shape) * t.DType.Bytes()];
                            new Random(t.Seed).NextBytes(bytes);
                            return bytes;
                        }
                    );
                    SafetensorsWriter.Write(path, set.Select(t => TensorSource.FromMemory(t.Name, t.DType, t.Shape, data[t.Name])));

                    using var file = SafetensorsFile.Open(path);
                    Assert.Equal(set.Count, file.Tensors.Count);
                    foreach (var t in set)
                    {
                        var entry = file.Tensors[t.Name];
                        Assert.Equal(t.DType, entry.DType);
                        Assert.Equal(t.Shape, entry.Shape);
                        Assert.Equal(0, entry.Offset % t.DType.Bytes());
                        var read = new byte[entry.Bytes];
                        file.Read(entry, read);
                        Assert.Equal(data[t.Name], read);
                    }
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public unsafe void Write_FromUnmanagedMemory_ReadsBackEqual()
    {
        var values = new float[] { 1.5f, -2, float.NaN, float.NegativeInfinity };
        var path = _folder.File("native.safetensors");
        fixed (float* data = values)
            SafetensorsWriter.Write(path, [TensorSource.FromPointer("x", DType.Float32, [2, 2], (nint)data, 16)]);

        using var file = SafetensorsFile.Open(path);
        var read = new float[4];
        file.Read(file.Tensors["x"], MemoryMarshal.AsBytes(read.AsSpan()));
        Assert.Equal(values, read);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Fact]
    public void Write_ProviderFails_KeepsTheOldFileAndNoTemporaryOne()
    {
        var path = _folder.File("kept.safetensors");
        SafetensorsWriter.Write(path, [TensorSource.FromMemory("a", DType.UInt8, [1], new byte[] { 9 })]);
        var old = File.ReadAllBytes(path);

        Assert.Throws<InvalidDataException>(() =>
            SafetensorsWriter.Write(path, [new TensorSource("a", DType.UInt8, [1], _ => throw new InvalidDataException("no data"))])
        );

        Assert.Equal(old, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_ProviderWritesTooLittle_NamesTheKeyAndBothSizes()
    {
        var path = _folder.File("short.safetensors");

        var e = Assert.Throws<InvalidOperationException>(() =>
            SafetensorsWriter.Write(path, [TensorSource.FromMemory("a.weight", DType.Float32, [2], new byte[7])])
        );

        Assert.Contains("key a.weight: 7 bytes were written, expected 8", e.Message);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Write_DiskFullWhileWriting_NamesNeededAndFreeBytes()
    {
        var path = _folder.File("full.safetensors");
        // The device that is always full gives the error of a real full disk.
        var e = Assert.ThrowsAny<InputException>(() =>
            SafetensorsWriter.Write(path, [new TensorSource("a", DType.UInt8, [8], _ => File.WriteAllBytes("/dev/full", new byte[8]))])
        );

        Assert.Matches(
            @"full\.safetensors: the disk is full: \d+ bytes needed \(0\.00 GiB\), \d+ free \(\d+\.\d\d GiB\); free space",
            e.Message
        );
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_SameKeyTwice_Throws()
    {
        var tensor = TensorSource.FromMemory("a", DType.UInt8, [1], new byte[1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder.File("x"), [tensor, tensor]));
    }

    internal static TensorSource CopyOf(SafetensorsFile file, TensorEntry entry) =>
        new(
            entry.Name,
            entry.DType,
            entry.Shape,
            stream =>
            {
                var bytes = new byte[entry.Bytes];
                file.Read(entry, bytes);
                stream.Write(bytes);
            }
        );

    // Lone surrogates have no UTF-8 form, so no file can hold such a key.
    private static bool IsText(string name) => name != "__metadata__" && !name.EnumerateRunes().Any(r => r.Value == 0xFFFD);
}
