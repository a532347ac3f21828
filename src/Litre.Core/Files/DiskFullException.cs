namespace Litre.Core.Files;

/// <summary>A file system has no room for what was to be written; nothing half-written was left.</summary>
public sealed class DiskFullException : InputException
{
    public DiskFullException(string message)
        : base(message) { }

    public DiskFullException(string message, Exception inner)
        : base(message, inner) { }
}
