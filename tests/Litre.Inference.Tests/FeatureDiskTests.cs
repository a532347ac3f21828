using System.Diagnostics;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Families.Qwen3Vl;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>What is read from the disk are the bits that the tower gave, of this image and this tower, or nothing.</summary>
public sealed class FeatureDiskTests : IDisposable
{
    private const long Plenty = 1 << 20;
    private const int DiskFull = 28; // ENOSPC

    private readonly CausalModel _model = new(TinyModels.Config(5), TinyModels.Weights(3));
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-disk-").FullName;
    private readonly SampleEncoder _encoder;
    private readonly VisualInput[] _visuals;
    private readonly List<string> _said = [];

    public FeatureDiskTests()
    {
        // Patches of two pixels, as the small model has them.
        _encoder = new SampleEncoder(
            null!,
            new ImageProcessor(Qwen3VlFormat.Instance.Images!.Options with { PatchSize = 2, MinimumPixels = 16, MaximumPixels = 400 }),
            ImageLimits.Default
        );
        _visuals = [.. Enumerable.Range(0, 6).Select(i => WriteImage(i))];
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Pack_ReadFromTheDisk_GivesTheBitsOfTheTower()
    {
        var expected = Seen(new FeatureCache(_model, 0));
        Fill();
        using var disk = Disk();
        Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
        Assert.Equal(_visuals.Length, disk.Hits);
        Assert.Equal(expected, Seen(new FeatureCache(_model, Plenty) { Disk = disk }));
        Assert.Empty(_said);
    }

    [Fact]
    public void Load_ImageOnTheDisk_IsNotDecodedAndReadOnceForAll()
    {
        Fill();
        using var disk = Disk();
        using var cache = new FeatureCache(_model, Plenty) { Disk = disk };
        ModelSample[] samples;
        using (var reader = cache.Reader(_encoder)!)
            samples = [.. Enumerable.Range(0, 3).Select(_ => Load(_visuals[0], cache, reader))];
        Assert.Equal(1, disk.Hits);
        Assert.All(samples, s => Assert.True(s.Pixels is null && s.ImageFeatures![0] is not null));
        cache.Pack(samples).Dispose();
        foreach (var sample in samples)
            sample.ReleaseImages();
        // Memory has it from now on.
        Assert.True(cache.Contains([_visuals[0].Key]));
        using (var reader = cache.Reader(_encoder)!)
            Assert.Null(Load(_visuals[0], cache, reader).ImageFeatures);
        Assert.Equal(1, disk.Hits);
    }

    [Fact]
    public void Dispose_CacheOfAGovernedRun_FreesMemoryAndKeepsTheDisk()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        Fill();
        using var disk = Disk();
        var cache = new FeatureCache(_model, Plenty) { Disk = disk };
        Seen(cache);
        Assert.True(cache.Bytes > 0);
        cache.Clear();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
        var hits = disk.Hits;
        Seen(cache);
        Assert.Equal(hits + _visuals.Length, disk.Hits);
        cache.Clear();
    }

    [Fact]
    public void Read_AnyByteFlippedOrCutOrForeign_IsSaidOnceMadeAgainAndNeverUsed()
    {
        var expected = Seen(new FeatureCache(_model, 0));
        Fill();
        var files = Files();
        var random = new Random(2);
        var whole = File.ReadAllBytes(files[0]);
        for (var trial = 0; trial < 60; trial++)
        {
            _said.Clear();
            var bytes = whole.ToArray();
            var name = files[0];
            if (trial < 50)
                bytes[trial < 20 ? trial * 4 : random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            else if (trial < 55)
                bytes = bytes[..random.Next(bytes.Length)];
            else
                bytes = File.ReadAllBytes(files[1 + trial % 4]); // another image's, under this one's name
            File.WriteAllBytes(name, bytes);
            using (var disk = Disk())
            {
                Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
                Assert.Equal(_visuals.Length - 1, disk.Hits);
            }
            Assert.Contains(name, Assert.Single(_said));
            Assert.Equal(whole, File.ReadAllBytes(name));
        }
        // Many damaged ones are one line, and their number at the end.
        _said.Clear();
        foreach (var file in files)
            File.WriteAllBytes(file, [1, 2, 3]);
        Fill();
        Assert.Equal(2, _said.Count);
        Assert.Contains($"{files.Count} files in total were damaged", _said[1]);
        Assert.Equal(files, Files());
    }

    [Fact]
    public void Read_OtherTowerTypeOrConfiguration_FindsNothing()
    {
        Fill();
        var files = Files().Count;
        using (var other = new CausalModel(TinyModels.Config(5), TinyModels.Weights(4)))
            AssertForeign(other);
        using (var narrow = new CausalModel(TinyModels.Config(5), TinyModels.Weights(3, DType.Float32)))
            AssertForeign(narrow);
        // One weight in its last bits.
        var weight = ((VisionTower)_model.VisionTower!).Merger.Parameters.Last().Value;
        using var before = weight.Clone();
        weight.Fill(0.125);
        AssertForeign(_model);
        weight.CopyFrom(before);
        using var disk = Disk();
        Seen(new FeatureCache(_model, 0) { Disk = disk });
        Assert.Equal(_visuals.Length, disk.Hits);
        Assert.Equal(4 * files, Files().Count);

        void AssertForeign(CausalModel model)
        {
            using var disk = new FeatureDisk(Settings(), model, _said.Add);
            Seen(new FeatureCache(model, 0) { Disk = disk }, model);
            Assert.Equal(0, disk.Hits);
            Assert.Empty(_said);
        }
    }

    [Fact]
    public void ContentKey_ImageGridOrPreparation_Decides()
    {
        var (options, limits) = (_encoder.Processor!.Options, ImageLimits.Default);
        var key = _visuals[0].ContentKey(options, limits);
        var copy = Path.Combine(_folder, "copy.png");
        File.Copy(_visuals[0].Image!.Path!, copy);
        Assert.Equal(key, new VisualInput(_visuals[0].Grid, ImageSource.FromFile(copy), null).ContentKey(options, limits));
        Assert.Equal(
            key,
            new VisualInput(_visuals[0].Grid, ImageSource.FromBytes("memory", File.ReadAllBytes(copy)), null).ContentKey(options, limits)
        );
        Assert.NotEqual(key, _visuals[1].ContentKey(options, limits));
        Assert.NotEqual(key, (_visuals[0] with { Grid = new PatchGrid(1, 2, 2) }).ContentKey(options, limits));
        Assert.NotEqual(key, _visuals[0].ContentKey(options with { PatchSize = 4 }, limits));
        // An image that is rewritten under its name is another.
        File.Copy(_visuals[1].Image!.Path!, copy, overwrite: true);
        Assert.NotEqual(key, new VisualInput(_visuals[0].Grid, ImageSource.FromFile(copy), null).ContentKey(options, limits));
    }

    [Fact]
    public void Write_BoundReached_OldestGoAndWhatIsInUseStays()
    {
        Fill();
        var size = new FileInfo(Files()[0]).Length;
        // Two of an earlier time, of which the second was used later.
        foreach (var file in Files())
            File.Delete(file);
        Fill(_visuals[..3]);
        var old = Files();
        for (var i = 0; i < old.Count; i++)
            File.SetLastWriteTimeUtc(old[i], DateTime.UtcNow.AddDays(i - 10));

        using (var disk = Disk(mostBytes: 4 * size))
        {
            Seen(new FeatureCache(_model, 0) { Disk = disk }, visuals: _visuals[3..5]);
            disk.Dispose();
        }
        Assert.DoesNotContain(old[0], Files());
        Assert.Contains(old[2], Files());
        Assert.InRange(Files().Sum(f => new FileInfo(f).Length), size, 4 * size);
        Assert.Empty(_said);

        // All six are in use by one run with room for four: the rest is no longer written, and said once.
        foreach (var file in Files())
            File.Delete(file);
        using (var disk = Disk(mostBytes: 4 * size))
        {
            var expected = Seen(new FeatureCache(_model, 0));
            for (var epoch = 0; epoch < 3; epoch++)
                Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
        }
        Assert.Equal(4, Files().Count);
        Assert.Contains("`feature-disk`", Assert.Single(_said));
    }

    [Fact]
    public void Write_DiskNearlyFull_LeavesWhatCheckpointsNeed()
    {
        Fill(_visuals[..1]);
        var size = new FileInfo(Files()[0]).Length;
        File.SetLastWriteTimeUtc(Files()[0], DateTime.UtcNow.AddDays(-1));
        var free = Settings().ReserveBytes + 2 * size;
        using (var disk = new FeatureDisk(Settings(), _model, _said.Add, null, _ => free - Files().Sum(f => new FileInfo(f).Length)))
            Seen(new FeatureCache(_model, 0) { Disk = disk }, visuals: _visuals[1..]);
        Assert.Equal(2, Files().Count);
        Assert.Contains("stay free", Assert.Single(_said));
    }

    [Fact]
    public void Write_DiskFullAtAnyOperation_SaysSoOnceAndGoesOn()
    {
        var expected = Seen(new FeatureCache(_model, 0));
        for (var failAt = 1; ; failAt++)
        {
            foreach (
                var file in Directory
                    .GetFiles(_folder, "*", SearchOption.AllDirectories)
                    .Where(f => !f.EndsWith(".png", StringComparison.Ordinal))
            )
                File.Delete(file);
            _said.Clear();
            var done = 0;
            void Before(string operation, string path)
            {
                // A full disk refuses what needs room, and goes on refusing.
                if (operation != "move" && ++done >= failAt)
                    throw new IOException($"No space left on device : '{path}'", DiskFull);
            }
            using (var disk = new FeatureDisk(Settings(), _model, _said.Add, Before))
                Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
            Assert.DoesNotContain(
                Directory.GetFiles(_folder, "*", SearchOption.AllDirectories),
                f => f.EndsWith(".tmp", StringComparison.Ordinal)
            );
            if (_said.Count == 0)
                break;
            Assert.Contains("the disk is full", Assert.Single(_said));
            // What was written before is right.
            using var after = Disk();
            Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = after }));
            Assert.Equal((failAt - 1) / 2, after.Hits);
        }
        Assert.Equal(_visuals.Length, Files().Count);
    }

    [Fact]
    public void Write_SmallRealDisk_FillsUpAndGoesOn()
    {
        var place = Directory.CreateDirectory(Path.Combine(_folder, "mounted")).FullName;
        Assert.SkipUnless(
            Mount("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", place),
            "no tmpfs may be mounted here: a truly full disk is not tried"
        );
        try
        {
            var expected = Seen(new FeatureCache(_model, 0));
            using (
                var disk = new FeatureDisk(
                    new FeatureDiskSettings(place, Plenty) { ReserveBytes = 0 },
                    _model,
                    _said.Add,
                    null,
                    _ => long.MaxValue / 2
                )
            )
                Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
            Assert.Contains("the disk is full", Assert.Single(_said));
            using var after = new FeatureDisk(new FeatureDiskSettings(place, Plenty) { ReserveBytes = 0 }, _model, _said.Add);
            Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = after }));
        }
        finally
        {
            Mount("umount", "-l", place);
        }
    }

    [Fact]
    public void Open_FolderThatMayNotBeWritten_SaysSoAndGoesOn()
    {
        var place = Path.Combine(_folder, "file");
        File.WriteAllText(place, "");
        Assert.Contains("is a file", Assert.Throws<InputException>(() => FeatureDiskSettings.Of(place, 1)).Message);
        using (var disk = new FeatureDisk(new FeatureDiskSettings(place, Plenty), _model, _said.Add))
            Assert.Equal(Seen(new FeatureCache(_model, 0)), Seen(new FeatureCache(_model, 0) { Disk = disk }));
        Assert.Single(_said);
    }

    [Fact]
    public async Task Share_TwoAtOnceWithLittleRoom_GiveTheSameBits()
    {
        var expected = Seen(new FeatureCache(_model, 0));
        Fill();
        var size = new FileInfo(Files()[0]).Length;
        foreach (var file in Files())
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
        var cancel = TestContext.Current.CancellationToken;
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(
                        () =>
                        {
                            for (var i = 0; i < 15; i++)
                            {
                                using var disk = Disk(mostBytes: 3 * size);
                                Assert.Equal(expected, Seen(new FeatureCache(_model, 0) { Disk = disk }));
                            }
                        },
                        cancel
                    )
                )
        );
        lock (_said)
            Assert.DoesNotContain(
                _said,
                line =>
                    line.Contains("not used", StringComparison.Ordinal) || line.Contains("no longer " + "written", StringComparison.Ordinal)
            );
        Assert.All(
            Directory.GetFiles(_folder, "*", SearchOption.AllDirectories),
            f => Assert.False(f.EndsWith(".tmp", StringComparison.Ordinal), f)
        );
    }

    [Fact]
    public void Confirm_FileWrittenAnewWhileRead_IsNotKeptUnderItsOldContent()
    {
        using var disk = Disk();
        using var cache = new FeatureCache(_model, 0) { Disk = disk };
        using var reader = cache.Reader(_encoder)!;
        var key = _visuals[0].Key;
        Assert.Null(reader.Read([_visuals[0]], [key]));
        Assert.True(disk.ShouldWrite(key, 1));
        File.SetLastWriteTimeUtc(_visuals[0].Image!.Path!, DateTime.UtcNow.AddMinutes(1));
        reader.VerifyUnchanged([_visuals[0]], [key]);
        Assert.False(disk.ShouldWrite(key, 1));
    }

    private FeatureDiskSettings Settings(long mostBytes = Plenty) => new(Path.Combine(_folder, "features"), mostBytes);

    private FeatureDisk Disk(long mostBytes = Plenty) =>
        new(
            Settings(mostBytes),
            _model,
            line =>
            {
                lock (_said)
                    _said.Add(line);
            }
        );

    private List<string> Files() =>
        [.. Directory.GetFiles(Settings().Folder, "*.features", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void Fill(VisualInput[]? visuals = null)
    {
        using var disk = Disk();
        Seen(new FeatureCache(_model, 0) { Disk = disk }, visuals: visuals);
    }

    // What the text model is given for each image, packed one by one.
    private double[][] Seen(FeatureCache cache, CausalModel? model = null, VisualInput[]? visuals = null)
    {
        using var reader = cache.Reader(_encoder);
        return
        [
            .. (visuals ?? _visuals).Select(visual =>
            {
                var sample = Load(visual, cache, reader);
                using var batch = cache.Pack([sample]);
                sample.ReleaseImages();
                return batch.Features!.Deepstack.Prepend(batch.Features.Merged).SelectMany(t => t.ToDoubles()).ToArray();
            }),
        ];
    }

    private ModelSample Load(VisualInput visual, FeatureCache cache, FeatureReader? reader)
    {
        var config = _model.Config;
        int[] ids = [config.Visual!.Start, .. Enumerable.Repeat(config.Visual!.Image, visual.Grid.Patches / 4), config.Visual!.End, 1, 2];
        var tokens = new TokenizedSample
        {
            Sample = null!,
            InputIds = ids,
            Labels = ids,
            TokenTypes = [],
            Visuals = [visual],
        };
        return SampleLoader.Load(tokens, _encoder, cache, reader);
    }

    private VisualInput WriteImage(int seed)
    {
        var path = Path.Combine(_folder, $"{seed}.png");
        using var bitmap = new SkiaSharp.SKBitmap(8, 8);
        var random = new Random(seed);
        for (var i = 0; i < 64; i++)
            bitmap.SetPixel(i % 8, i / 8, new SkiaSharp.SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        using (var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100))
        using (var file = File.Create(path))
            data.SaveTo(file);
        return new VisualInput(_encoder.Processor!.Plan(path, 8, 8), ImageSource.FromFile(path), null);
    }

    private static bool Mount(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
