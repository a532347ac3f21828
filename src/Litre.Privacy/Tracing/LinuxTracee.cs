using System.Globalization;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tracing;

/// <summary>A process of this machine.</summary>
/// <param name="id">The ID of the thread that made the call.</param>
internal sealed unsafe class LinuxTracee(int id) : ITracee
{
    private const ulong PageBytes = 4096;

    public int Read(ulong address, Span<byte> target)
    {
        var done = 0;
        fixed (byte* start = target)
        {
            // Page by page: a read that reaches a page that is not there fails as a whole.
            while (done < target.Length)
            {
                var from = address + (ulong)done;
                var bytes = Math.Min((ulong)(target.Length - done), PageBytes - from % PageBytes);
                var local = new Extent { Address = (nuint)(start + done), Bytes = (nuint)bytes };
                var remote = new Extent { Address = (nuint)from, Bytes = (nuint)bytes };
                if (Libc.ReadMemory(id, &local, 1, &remote, 1, 0) != (nint)bytes)
                    break;
                done += (int)bytes;
            }
        }
        return done;
    }

    public string? FolderOf(int descriptor) =>
        Link(descriptor == CallDecoder.CurrentFolder ? "cwd" : string.Create(CultureInfo.InvariantCulture, $"fd/{descriptor}"));

    public bool Exists(string path) => Path.Exists(path);

    /// <summary>The file name of the program that it runs.</summary>
    public string Program => Link("exe") is { } path ? Path.GetFileName(path) : "unknown";

    private string? Link(string name)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/{name}")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
