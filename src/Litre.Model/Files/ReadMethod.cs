namespace Litre.Model.Files;

/// <summary>How large files are read.</summary>
public enum ReadMethod
{
    /// <summary>From the disk to the program's memory, bypassing the page cache (<c>O_DIRECT</c>).</summary>
    Direct,

    /// <summary>Through the page cache, and dropped from it after reading.</summary>
    Dropping,

    /// <summary>Through the page cache, if the system cannot drop what was read.</summary>
    Cached,
}
