namespace Litre.Privacy.Containment;

/// <summary>What <see cref="EntryStage"/> does before it becomes the command; the names are its first argument.</summary>
[Flags]
internal enum EntryMode
{
    /// <summary>Nothing.</summary>
    Plain = 0,

    /// <summary>Switches on the loopback interface of a new network namespace.</summary>
    Loopback = 1,

    /// <summary>Installs the filter that asks the tracer.</summary>
    Trace = 2,

    /// <summary>Installs the filter that ends a process with a socket of a network.</summary>
    Filter = 4,

    /// <summary>Installs the filter under which a server can only accept connections.</summary>
    Server = 8,
}
