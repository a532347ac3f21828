using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Architecture;

/// <summary>Temporary files are their owner's alone, under names that nobody can foresee.</summary>
public sealed partial class TemporaryFileTests
{
    private const string Place = "Path.Combine(Path.GetTempPath()";

    [Fact]
    public void Source_TemporaryFiles_HaveRandomNamesAndAMode()
    {
        var wrong = SourceTree
            .SourceFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (file, Text: SourceTree.Read(file)))
            .Where(source => source.Text.Contains(Place, StringComparison.Ordinal))
            .Where(source =>
                !source.Text.Contains("UnixCreateMode", StringComparison.Ordinal)
                || RandomName().Count(source.Text) < source.Text.Split(Place).Length - 1
            );
        Rule.Unbroken(wrong.Select(source => source.file));
    }

    [Fact]
    public void Source_NoFile_NamesATemporaryFolder() =>
        Rule.Unbroken(
            SourceTree
                .SourceFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
                .Where(file => FixedPlace().IsMatch(SourceTree.Read(file)))
        );

    [GeneratedRegex("""GetTempPath\(\), \$"[^"]*\{(Guid\.NewGuid\(\)|Path\.GetRandomFileName\(\))""")]
    private static partial Regex RandomName();

    [GeneratedRegex("""GetTempFileName|"/tmp\b|"/var/tmp\b|"/dev/shm\b""")]
    private static partial Regex FixedPlace();
}
