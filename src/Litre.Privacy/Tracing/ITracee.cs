namespace Litre.Privacy.Tracing;

/// <summary>The process that made a call, while it waits for the answer.</summary>
internal interface ITracee
{
    /// <summary>Reads its memory; returns how many bytes could be read.</summary>
    int Read(ulong address, Span<byte> target);

    /// <summary>The folder that relative paths belong to; null if it is not known.</summary>
    /// <param name="descriptor">A descriptor of the process; <see cref="CallDecoder.CurrentFolder"/> for its current folder.</param>
    string? FolderOf(int descriptor);

    /// <summary>Whether there is a file or a folder of that name.</summary>
    bool Exists(string path);
}
