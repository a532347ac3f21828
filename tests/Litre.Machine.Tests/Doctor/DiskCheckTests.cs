using Litre.Machine.Doctor;

namespace Litre.Machine.Tests.Doctor;

public sealed class DiskCheckTests : IDisposable
{
    private const long GiB = 1L << 30;
    private static readonly CheckpointSpace Small = new("a small run", 1 << 20, 4, 8 * GiB);

    private readonly string _folder = Directory.CreateTempSubdirectory("litre-disk-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Look_RoomEnough_MeasuresAndLeavesNothingBehind()
    {
        var findings = DiskCheck.Check(Path.Combine(_folder, "not", "yet"), Small, isAsked: true, weights: null);
        Assert.Matches(@"^\d+\.\d GiB at \S+; checkpoints of a small run need 0\.0 GiB \(4 of 0\.0\)", findings[0].Evidence);
        Assert.Matches(
            @"^\d+\.\d\d GB/s, measured past the page cache on \d+ MiB of a new file; 8\.0 GiB of weights load in \d+ s; written at ",
            findings[1].Evidence
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true, FindingLevel.Problem)]
    [InlineData(false, FindingLevel.Note)]
    public void Look_TooLittleRoom_IsAProblemForTheUsersOwnRun(bool isAsked, FindingLevel level)
    {
        Assert.SkipWhen(new DriveInfo(_folder).DriveFormat == "tmpfs", "the temporary folder is no disk here");
        var finding = DiskCheck.Check(_folder, Small with { CheckpointBytes = 1L << 50 }, isAsked, weights: null)[0];
        Assert.Equal(level, finding.Level);
        Assert.Matches(@"^free \d+\.\d GiB more, choose an `output` with more space,", finding.Advice);
    }

    [Fact]
    public void Look_FileOfTheModel_IsReadInsteadOfANewOne()
    {
        var file = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(file, new byte[3_000_001]); // no multiple of what O_DIRECT reads
        var finding = DiskCheck.Check(_folder, Small, isAsked: true, file)[1];
        Assert.Contains("on 2 MiB of model.safetensors;", finding.Evidence);
        Assert.DoesNotContain("written", finding.Evidence);
        Assert.Equal(3_000_001, ReadRate.OfFile(file).Bytes);
    }

    [Fact]
    public void Look_FolderThatIsAFile_IsAProblem()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var finding = Assert.Single(DiskCheck.Check(file, Small, isAsked: true, weights: null));
        Assert.Equal((FindingLevel.Problem, $"{file} is a file, a folder was expected"), (finding.Level, finding.Evidence));
        Assert.Contains("`output`", finding.Advice);
    }

    // Nobody may make files there, root included.
    [Fact]
    public void Look_FolderThatCannotBeWritten_IsAProblem()
    {
        var finding = Assert.Single(DiskCheck.Check("/proc", Small, isAsked: true, weights: null));
        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.StartsWith("/proc cannot be used: ", finding.Evidence);
    }

    [Fact]
    public void Look_FileThatIsGone_IsAProblemAndNoCrash()
    {
        var finding = DiskCheck.Check(_folder, Small, isAsked: true, Path.Combine(_folder, "gone"))[1];
        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.NotNull(finding.Advice);
    }
}
