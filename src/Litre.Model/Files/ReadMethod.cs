namespace Litre.Model.Files;

/// <summary>How large files are read.</summary>
public enum ReadMethod
{
    /// <summary>From the disk to the program's memory, past the page cache (<c>O_DIRECT</c>).</summary>
    Direct,

    /// <summary>Through the page cache, and dropped from it behind the reader.</summary>
    Dropping,

    /// <summary>Through the page cache, where the system cannot be told to drop what was read.</summary>
    Cached,
}
