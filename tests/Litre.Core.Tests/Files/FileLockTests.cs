using Litre.Core.Files;
using Shared;

namespace Litre.Core.Tests.Files;

public sealed class FileLockTests
{
    [Fact]
    public async Task Acquire_HeldLock_WaitsUntilItIsReleased()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("lock");
        var first = FileLock.Acquire(path);
        var second = Task.Run(() => FileLock.Acquire(path), TestContext.Current.CancellationToken);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
        Assert.Equal("", File.ReadAllText(path));
    }

    [Fact]
    public void Acquire_FolderThatDoesNotExist_Fails()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no/lock", Assert.Throws<IOException>(() => FileLock.Acquire(folder.File("no/lock"))).Message);
    }
}
