namespace Litre.Privacy.Tracing;

/// <summary>What a process asked for with a socket.</summary>
/// <param name="Action">What it asked for.</param>
/// <param name="Reach">How far the request would have reached.</param>
/// <param name="Address">Such as <c>192.0.2.1:80</c>, the path of a Unix socket, or the family of another socket.</param>
/// <param name="IsRefused">Whether the call was refused; all that leave the machine are.</param>
public sealed record NetworkUse(NetworkAction Action, NetworkReach Reach, string Address, bool IsRefused);

/// <summary>What a process does with a socket.</summary>
public enum NetworkAction
{
    Create,
    Connect,
    Send,
    Listen,
}

/// <summary>How far a request reaches.</summary>
public enum NetworkReach
{
    /// <summary>Another machine, or from other machines to this one.</summary>
    Outside,

    /// <summary>A name that is looked up: a DNS server, or a service of this machine that asks one.</summary>
    NameLookup,

    /// <summary>A call whose address could not be read, so it counts as one that leaves the machine.</summary>
    Unknown,

    /// <summary>This machine, by a loopback address.</summary>
    Loopback,

    /// <summary>Another program on this machine, by a Unix socket.</summary>
    UnixSocket,

    /// <summary>The kernel of this machine.</summary>
    Kernel,
}
