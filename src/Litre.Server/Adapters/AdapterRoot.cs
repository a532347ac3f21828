using System.Runtime.InteropServices;
using Litre.Server.Errors;

namespace Litre.Server.Adapters;

/// <summary>The folder below which clients with an admin key can load adapters.</summary>
/// <param name="root">The folder; null if nothing can be loaded.</param>
internal sealed partial class AdapterRoot(string? root)
{
    private const string Field = "lora_path";

    /// <summary>The real folder of a path, all links resolved.</summary>
    /// <param name="path">Relative to the root, or absolute.</param>
    /// <exception cref="ApiException">It is not below the root, or does not exist.</exception>
    public string Resolve(string path)
    {
        if (root is null)
            throw new ApiException(
                StatusCodes.Status403Forbidden,
                "adapters cannot be loaded at run time; the server has to be started with `adapter-root`",
                Field,
                "adapter_root_missing"
            );
        var real = path.Contains('\0', StringComparison.Ordinal) ? null : RealPath(Path.Combine(root, path));
        if (real is null || !IsBelow(real))
            throw Outside();
        if (!Directory.Exists(real))
            throw ApiException.Invalid(Field, "is not a folder; give the folder of an adapter, or of a run");
        // A link within it would lead out as well.
        if (Directory.EnumerateFileSystemEntries(real, "*", SearchOption.AllDirectories).Any(e => RealPath(e) is not { } r || !IsBelow(r)))
            throw Outside();
        return real;
    }

    private bool IsBelow(string path) => RealPath(root!) is { } real && path.StartsWith(real.TrimEnd('/') + '/', StringComparison.Ordinal);

    // The same for what does not exist, so that nobody can find out what the disk contains.
    private static ApiException Outside() => ApiException.Invalid(Field, "there is no such folder below the server's `adapter-root`");

    /// <summary>The path without links; null if it does not exist.</summary>
    private static string? RealPath(string path)
    {
        var found = FindRealPath(path, 0);
        if (found == 0)
            return null;
        try
        {
            return Marshal.PtrToStringUTF8(found);
        }
        finally
        {
            Free(found);
        }
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FindRealPath(string path, nint buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
