namespace Litre.Torch.Loading;

/// <summary>
/// Libraries loaded together: all stay loaded, or none. A library that the system loader cannot find is searched for in the given
/// folders and loaded by full path first, so that no library path has to be set before the program starts.
/// </summary>
internal sealed class LibrarySet(IEnumerable<string> folders) : IDisposable
{
    private readonly List<string> _folders = [.. folders];
    private readonly List<nint> _handles = [];

    /// <summary>Loads a library with its dependencies; returns 0 and the loader's reason if that fails.</summary>
    public nint Open(string path, out string? refusal) => Open(path, shared: false, [], out refusal);

    /// <summary>Keeps everything loaded when this set is disposed.</summary>
    public void Keep() => _handles.Clear();

    public void Dispose()
    {
        for (var i = _handles.Count - 1; i >= 0; i--)
            DynamicLibrary.Close(_handles[i]);
        _handles.Clear();
    }

    private nint Open(string path, bool shared, HashSet<string> tried, out string? refusal)
    {
        while (true)
        {
            var handle = DynamicLibrary.Open(path, shared, out var reason);
            if (handle != 0)
            {
                _handles.Add(handle);
                refusal = null;
                return handle;
            }
            refusal = reason;
            // glibc's messages start with the file that they are about, in every language.
            var missing = Path.GetFileName(reason.Split(':')[0].Trim());
            if (!tried.Add(missing) || Find(missing) is not { } found)
                return 0;
            if (Open(found, shared: true, tried, out var inner) == 0)
            {
                refusal = inner;
                return 0;
            }
        }
    }

    private string? Find(string library) =>
        library.Length == 0 ? null : _folders.Select(folder => Path.Combine(folder, library)).FirstOrDefault(File.Exists);
}
