using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tests.Filters;

public sealed partial class KernelTableTests
{
    private static readonly Dictionary<SystemCall, string> Names = new()
    {
        [SystemCall.Socket] = "socket",
        [SystemCall.Connect] = "connect",
        [SystemCall.Bind] = "bind",
        [SystemCall.SendTo] = "sendto",
        [SystemCall.SendMessage] = "sendmsg",
        [SystemCall.SendMessages] = "sendmmsg",
        [SystemCall.Open] = "open",
        [SystemCall.OpenAt] = "openat",
        [SystemCall.OpenAt2] = "openat2",
        [SystemCall.OpenByHandle] = "open_by_handle_at",
        [SystemCall.Create] = "creat",
        [SystemCall.Rename] = "rename",
        [SystemCall.RenameAt] = "renameat",
        [SystemCall.RenameAt2] = "renameat2",
        [SystemCall.Unlink] = "unlink",
        [SystemCall.UnlinkAt] = "unlinkat",
        [SystemCall.RemoveFolder] = "rmdir",
        [SystemCall.MakeFolder] = "mkdir",
        [SystemCall.MakeFolderAt] = "mkdirat",
        [SystemCall.Link] = "link",
        [SystemCall.LinkAt] = "linkat",
        [SystemCall.SymbolicLink] = "symlink",
        [SystemCall.SymbolicLinkAt] = "symlinkat",
        [SystemCall.MakeNode] = "mknod",
        [SystemCall.MakeNodeAt] = "mknodat",
        [SystemCall.Truncate] = "truncate",
        [SystemCall.Execute] = "execve",
        [SystemCall.ExecuteAt] = "execveat",
        [SystemCall.RingSetup] = "io_uring_setup",
    };

    // arm64 has the numbers of the generic table.
    [Theory]
    [InlineData(true, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h")]
    [InlineData(false, "/usr/include/asm-generic/unistd.h")]
    public void Table_EveryNumber_IsThatOfTheKernelsHeader(bool isX64, string header)
    {
        Assert.SkipUnless(File.Exists(header), $"{header} is not installed");
        var expected = Definition()
            .Matches(File.ReadAllText(header))
            .DistinctBy(match => match.Groups[1].Value)
            .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        var kernel = isX64 ? KernelTable.X64 : KernelTable.Arm64;
        foreach (var (call, name) in Names)
        {
            int? number = kernel.Calls.TryGetValue(call, out var found) ? found : null;
            Assert.Equal((name, expected.TryGetValue(name, out var right) ? right : null), (name, number));
        }
        Assert.Equal(expected["seccomp"], kernel.FilterCall);
        Assert.Equal(Enum.GetValues<SystemCall>().Order(), Names.Keys.Order());
    }

    [GeneratedRegex(@"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
