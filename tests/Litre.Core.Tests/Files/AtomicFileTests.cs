using Litre.Core.Files;
using Shared;

namespace Litre.Core.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_DiskTooSmall_RefusesBeforeWriting()
    {
        var e = Assert.ThrowsAny<InputException>(() =>
            AtomicFile.Write(_folder.File("x"), 3L << 30, _ => Assert.Fail("nothing may be written"), _ => 1L << 30)
        );

        Assert.Contains("3221225472 bytes needed (3.00 GiB), 1073741824 free (1.00 GiB)", e.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_FolderIsAFile_NamesThePath()
    {
        File.WriteAllText(_folder.File("file"), "x");
        var path = Path.Combine(_folder.File("file"), "model.safetensors");
        var e = Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "x"));
        Assert.StartsWith(path + ": writing failed (", e.Message);
    }
}
