using System.Globalization;
using Litre.Core;
using Litre.Model.Files;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class WeightChecksumsTests : IDisposable
{
    private static readonly string One = new('1', 64);
    private static readonly string Two = new('2', 64);

    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_FolderWithoutSums_KnowsNone() => Assert.Empty(WeightChecksums.Of(_folder.Path, [Write("a.safetensors")]));

    [Fact]
    public void Of_ListInAllItsForms_GivesTheSums()
    {
        string[] files =
        [
            Write("a.safetensors"),
            Write("b.safetensors"),
            Write("c.safetensors"),
            Write("d.safetensors"),
            Write("e.safetensors"),
        ];
        File.WriteAllText(
            _folder.File("sha256sums.TXT"),
            $"# made by hand\r\n\n{One}  a.safetensors\r\n{Two.ToUpperInvariant()} *b.safetensors\n{One}  "
                + $"./c.safetensors\nSHA256 (d.safetensors) = {Two}\n{One}  config.json\n"
        );
        var sums = WeightChecksums.Of(_folder.Path, files);
        Assert.Equal(files[..4], sums.Keys.Order());
        Assert.Equal([One, Two, One, Two], files[..4].Select(f => sums[f].Sum));
        Assert.Equal(_folder.File("sha256sums.TXT"), sums[files[0]].Source);
    }

    [Theory]
    [InlineData("1234  a.safetensors")]
    [InlineData("a.safetensors")]
    public void Of_LineThatIsNoSum_NamesFileLineAndRemedy(string line)
    {
        File.WriteAllText(_folder.File("SHA256SUMS"), $"{One}  b\n{line}\n");
        var e = Assert.Throws<InputException>(() => WeightChecksums.Of(_folder.Path, []));
        Assert.StartsWith($"{_folder.File("SHA256SUMS")}: line 2 is \"{line}\", expected", e.Message);
    }

    [Fact]
    public void Of_ListsThatContradictEachOther_AreRefused()
    {
        File.WriteAllText(_folder.File("SHA256SUMS"), $"{One}  a\n");
        File.WriteAllText(_folder.File("checksums.sha256"), $"{Two}  a\n");
        Assert.Contains("give different sums for a;", Assert.Throws<InputException>(() => WeightChecksums.Of(_folder.Path, [])).Message);
    }

    [Fact]
    public void Of_NoteOfAHubDownload_CountsUntilTheFileIsChanged()
    {
        var file = Write("a.safetensors");
        Directory.CreateDirectory(_folder.File(".cache/huggingface/download"));
        var note = _folder.File(".cache/huggingface/download/a.safetensors.metadata");
        var seconds = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        File.WriteAllText(note, $"c0ffee\n{One}\n{seconds}\n");
        Assert.Equal(new WeightChecksums.Expected(One, note), WeightChecksums.Of(_folder.Path, [file])[file]);

        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
        Assert.Empty(WeightChecksums.Of(_folder.Path, [file]));
        // A small file's tag is no SHA-256.
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        File.WriteAllText(note, $"c0ffee\n{One[..40]}\n{seconds}\n");
        Assert.Empty(WeightChecksums.Of(_folder.Path, [file]));
    }

    [Fact]
    public void Of_LinkIntoTheHubsCache_IsNamedByItsSum()
    {
        Directory.CreateDirectory(_folder.File("blobs"));
        Directory.CreateDirectory(_folder.File("snapshot"));
        Write($"blobs/{Two}");
        var file = _folder.File("snapshot/a.safetensors");
        File.CreateSymbolicLink(file, $"../blobs/{Two}");
        Assert.Equal(Two, WeightChecksums.Of(_folder.File("snapshot"), [file])[file].Sum);
    }

    private string Write(string name)
    {
        File.WriteAllText(_folder.File(name), name);
        return _folder.File(name);
    }
}
