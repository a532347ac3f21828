using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Model.Files;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed unsafe partial class BlockFileTests : IDisposable
{
    private const int Room = 1 << 20;

    private readonly TemporaryFolder _folder = new TemporaryFolder();
    private readonly nint _buffer = (nint)NativeMemory.AlignedAlloc(Room, BlockFile.Alignment);

    public void Dispose()
    {
        NativeMemory.AlignedFree((void*)_buffer);
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ReadMethod.Direct)]
    [InlineData(ReadMethod.Dropping)]
    [InlineData(ReadMethod.Cached)]
    public void Read_OddLengthsAndEnds_GivesTheFilesBytes(ReadMethod method) =>
        Property.Holds(
            30,
            random =>
            {
                var (path, content) = Write(random.Between(1, 300_000), random);
                using var opened = File.OpenHandle(path);
                using var file = new BlockFile(path, opened, content.Length, method);
                for (var at = 0L; at < content.Length; )
                {
                    var bytes = (int)Math.Min(random.Between(1, 100_000), content.Length - at);
                    file.Read(at, bytes, _buffer);
                    Assert.True(content.AsSpan((int)at, bytes).SequenceEqual(new ReadOnlySpan<byte>((void*)_buffer, bytes)));
                    at =
                        at + bytes == content.Length ? content.Length : Math.Max(BlockFile.RoundDown(at + bytes), at + BlockFile.Alignment);
                }
                file.Finish();
                // What was asked for, or the reason why not.
                Assert.True(file.Method == method || (method == ReadMethod.Direct && file.DirectReadFailure is not null));
            }
        );

    [Theory]
    [InlineData(ReadMethod.Direct)]
    [InlineData(ReadMethod.Dropping)]
    public void Read_FileThatIsInThePageCache_LeavesNothingOfItThere(ReadMethod method)
    {
        var (path, content) = Write(8 * Room + 12345, new Random(1));
        if (!OperatingSystem.IsLinux() || new DriveInfo(_folder.Path).DriveFormat is "tmpfs" or "ramfs")
            Assert.Skip("files of this file system are nothing but page cache");
        using (var flush = new FileStream(path, FileMode.Open))
            flush.Flush(flushToDisk: true);
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.True(ResidentPages(path) > 1000);

        using var opened = File.OpenHandle(path);
        using var file = new BlockFile(path, opened, content.Length, method);
        for (var at = 0; at < content.Length; at += Room)
        {
            file.Read(at, Math.Min(Room, content.Length - at), _buffer);
            // Read ahead of us there may be some, behind us nothing.
            Assert.True(ResidentPages(path, at) == 0);
        }
        file.Finish();
        Assert.Equal(0, ResidentPages(path));
    }

    [Fact]
    public void Read_FileSystemWithoutDirectReads_FallsBackAndSaysSo()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("needs a file system that is known to refuse direct reads");
        const string Path = "/proc/self/maps";
        using var opened = File.OpenHandle(Path);
        using var file = new BlockFile(Path, opened, 0, ReadMethod.Direct);
        file.Read(0, 5, _buffer);
        Assert.NotEqual(ReadMethod.Direct, file.Method);
        Assert.Equal("Invalid argument", file.DirectReadFailure);
        Assert.Matches("^[0-9a-f]{5}$", System.Text.Encoding.ASCII.GetString((byte*)_buffer, 5));
    }

    [Fact]
    public void Read_CutOffFile_IsRefused()
    {
        var (path, content) = Write(10_000, new Random(1));
        using var opened = File.OpenHandle(path);
        using var file = new BlockFile(path, opened, 20_000, ReadMethod.Direct);
        var e = Assert.Throws<InputException>(() => file.Read(0, 20_000, _buffer));
        Assert.Equal(
            $"{path}: the file ends at byte {content.Length} although 10000 more were expected; it was changed while in use; "
                + "download it again",
            e.Message
        );
        Assert.Contains("has 10000 bytes now but had 20000", Assert.Throws<InputException>(file.Finish).Message);
    }

    [Fact]
    public void Read_UnalignedPlaceOrBuffer_IsAMistakeOfOurs()
    {
        var (path, content) = Write(10_000, new Random(1));
        using var opened = File.OpenHandle(path);
        using var file = new BlockFile(path, opened, content.Length, ReadMethod.Direct);
        Assert.Throws<ArgumentException>(() => file.Read(8, 100, _buffer));
        Assert.Throws<ArgumentException>(() => file.Read(0, 100, _buffer + 8));
    }

    // include/uapi/asm-generic/fcntl.h, and arch/arm64/include/uapi/asm/fcntl.h, which differs.
    [Fact]
    public void DirectFlag_OfThisProcessor_IsTheKernels()
    {
        var expected = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 0x4000,
            Architecture.Arm64 => 0x10000,
            _ => PageCache.DirectFlag,
        };
        Assert.Equal(expected, PageCache.DirectFlag);
    }

    private (string Path, byte[] Content) Write(int bytes, Random random)
    {
        var content = new byte[bytes];
        random.NextBytes(content);
        var path = _folder.File($"{Guid.NewGuid():N}");
        File.WriteAllBytes(path, content);
        return (path, content);
    }

    // Pages of the file that are in the page cache, as the kernel says.
    private static int ResidentPages(string path, long? bytes = null)
    {
        using var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        var length = bytes ?? new FileInfo(path).Length;
        if (length == 0)
            return 0;
        var pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        fixed (byte* p = pages)
            Assert.Equal(0, InCore(view.SafeMemoryMappedViewHandle.DangerousGetHandle(), (nuint)length, p));
        return pages.Count(p => (p & 1) != 0);
    }

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static partial int InCore(nint address, nuint length, byte* pages);
}
